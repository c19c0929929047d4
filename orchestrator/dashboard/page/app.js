// The page of a run that goes on. It keeps one stream of events open, draws each status, and asks for the tasks that are in
// sight. All text comes as text: nothing that a task or a model is called is read as markup.
"use strict";

const $ = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token") || sessionStorage.getItem("token") || "";
sessionStorage.setItem("token", token);
{
  const here = new URLSearchParams(location.hash.slice(1)); // a link that is copied from here on opens nothing
  here.delete("token");
  history.replaceState(null, "", "#" + here);
}
const headers = { Authorization: "Bearer " + token };

const rowHeight = 28;   // as in style.css
const pageSize = 100;   // tasks that one request brings
const points = 1200;    // of the curve: ten minutes, twice a second

let latest = null;      // the last status
let over = false;       // the run has ended

// ---- figures, as the terminal shows them

function digits(x) { return String(Number(x.toPrecision(4))); }

function short(n) {
  if (Math.abs(n) < 10000) return n.toLocaleString("en");
  for (const unit of ["k", "M", "G", "T", "P"]) {
    n /= 1000;
    if (Math.abs(n) < 999.95) return digits(n) + unit;
  }
  return digits(n) + "P";
}

function usd(nano) {
  const x = nano / 1e9;
  return (x < 0 ? "-$" : "$") + (Math.abs(x) >= 0.01 || x === 0 ? Math.abs(x).toFixed(2) : digits(Math.abs(x)));
}

function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000)), two = (n) => String(n).padStart(2, "0");
  if (s >= 3600) return Math.floor(s / 3600) + "h" + two(Math.floor(s / 60) % 60) + "m";
  if (s >= 60) return Math.floor(s / 60) + "m" + two(s % 60) + "s";
  return s + "s";
}

function element(name, text, className) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

// ---- what was asked and told

async function ask(path, body) {
  const response = await fetch("/api/v1/" + path, body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) });
  const object = await response.json();
  if (!response.ok) throw new Error(object.error || response.statusText);
  return object;
}

function say(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

async function listen() {
  const response = await fetch("/api/v1/events?only=status", { headers });
  if (!response.ok) throw new Error((await response.json()).error);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const events = rest.split("\n\n");
    rest = events.pop();
    let status = null;
    for (const event of events) {
      const kind = /^event: (.*)$/m.exec(event)?.[1], data = /^data: (.*)$/m.exec(event)?.[1];
      if (kind === "status") status = JSON.parse(data); // of several that have waited the last counts
      if (kind === "ended") over = true;
    }
    if (status) draw(status);
    if (over) return;
  }
}

async function go() {
  for (let wait = 500; !over; wait = Math.min(8000, 2 * wait)) {
    try {
      await listen();
      wait = 500;
    } catch (e) {
      say(String(e.message || e));
      if (/token/.test(e.message)) return;
    }
    if (!over) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  $("state").textContent = "ended";
  $("pause").disabled = $("raise").disabled = true;
  say("The run has ended. orchestrate report shows what it came to.");
}

// ---- drawing

const outcomes = { done: "good", failed: "bad", exhausted: "bad", deferred: "near", skipped: "near", cancelled: "near" };

function draw(m) {
  latest = m;
  $("run").textContent = m.run;
  document.title = m.run + " – orchestrate";
  $("state").textContent = m.state + (m.why ? " by " + m.why : "");
  $("state").className = "state " + (m.state === "running" || m.state === "serving" ? "good" : "warn");
  $("time").textContent = span(new Date(m.time) - new Date(m.started)) + left(m);
  $("pause").disabled = m.state === "draining";
  $("pause").textContent = m.state === "paused" ? "Resume" : "Pause";
  $("raise").disabled = false;
  drawTasks(m);
  drawLimits(m);
  drawTrouble(m);
  $("rates").textContent = `${digits(m.rates.tasks_per_minute)} tasks, ${short(m.rates.tokens_per_minute)} tokens` +
    (m.rates.cost_nano_usd_per_minute ? `, ${usd(m.rates.cost_nano_usd_per_minute)}` : "") + " a minute";
  remember(m);
  refresh();
}

function left(m) {
  const tasks = m.tasks.running + m.planned.tasks;
  return m.state === "running" && m.rates.tasks_per_minute > 0 && tasks ? ", about " + span(tasks / m.rates.tasks_per_minute * 60000) + " left" : "";
}

function drawTasks(m) {
  const t = m.tasks, bar = [], parts = [];
  for (const [outcome, kind] of Object.entries(outcomes)) {
    const n = t.ended[outcome] || 0;
    if (!n) continue;
    parts.push(`${n.toLocaleString("en")} ${outcome}` + (outcome === "done" && t.cut ? ` (${t.cut} cut)` : ""));
    bar.push(["b-" + kind, n]);
  }
  if (t.resumed) bar.unshift(["b-good", t.resumed]);
  bar.push(["b-held", t.running]);
  parts.push(`${t.running} running`, `${t.waiting.toLocaleString("en")} waiting`);
  $("counts").textContent = parts.join(", ") + ` of ${t.total.toLocaleString("en")}` + (t.resumed ? ` (${t.resumed} before)` : "");
  fill($("progress"), bar, t.total);
  $("ahead").hidden = !m.short.tasks;
  $("ahead").textContent = `The budget ends at about task ${t.total - m.short.tasks}: ${m.short.tasks} tasks are short, ` +
    `${short(m.short.tokens)} tokens` + (m.short.cost_nano_usd ? `, ${usd(m.short.cost_nano_usd)}` : "") + ".";
}

// fill draws parts of a whole as a bar. Widths are set as properties: the policy allows no style in markup.
function fill(bar, parts, whole) {
  bar.replaceChildren(...parts.filter(([, n]) => n > 0).map(([className, n]) => {
    const part = element("span", undefined, className);
    part.style.width = (whole ? 100 * n / whole : 100) + "%";
    return part;
  }));
}

function gauges(m) {
  const list = [];
  for (const s of m.scopes) {
    if (s.limit !== null) list.push({ name: s.scope, settled: s.settled, held: s.held, limit: s.limit, text: short });
    const c = s.cost_nano_usd;
    if (c.limit !== null) list.push({ name: s.scope, settled: c.settled || 0, held: c.held, limit: c.limit, text: usd });
  }
  const used = (g) => g.limit ? (g.settled + g.held) / g.limit : 1;
  for (const g of list) g.used = used(g);
  return list.sort((a, b) => b.used - a.used);
}

function drawLimits(m) {
  const rows = gauges(m).slice(0, 50).map((g) => {
    const row = element("tr"), bar = element("div", undefined, "bar"), cell = element("td", undefined, "wide");
    fill(bar, [[g.used >= .95 ? "b-bad" : g.used >= .8 ? "b-near" : "b-good", g.settled], ["b-held", g.held]], Math.max(g.limit, g.settled + g.held));
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label", Math.round(100 * g.used) + "% used");
    cell.append(bar);
    row.append(element("td", g.name, "name"), cell);
    for (const n of [g.settled, g.held, g.limit - g.settled - g.held, g.limit]) row.append(element("td", g.text(n), "number"));
    return row;
  });
  if (!rows.length) {
    const total = m.scopes.find((s) => s.scope === "total"), row = element("tr");
    row.append(element("td", "total", "name"), element("td", "no limit", "wide"), element("td", short(total ? total.settled : 0), "number"),
      element("td", short(total ? total.held : 0), "number"), element("td", "–", "number"), element("td", "–", "number"));
    rows.push(row);
  }
  $("limits").tBodies[0].replaceChildren(...rows);
}

function drawTrouble(m) {
  const now = new Date(m.time);
  $("trouble").hidden = !m.pauses.length && !m.causes.length;
  $("pauses").replaceChildren(...m.pauses.map((p) => element("li", `provider ${p.provider}${p.model ? ", model " + p.model : ""} is asked again in ${span(new Date(p.until) - now)} (${p.reason})`, "warn")));
  $("causes").replaceChildren(...m.causes.slice(0, 20).map((c) => element("li", `${c.tasks} × ${c.outcome}: ${c.reason}`, "bad")));
}

// ---- the curve

const curve = { times: [], settled: [], held: [], limit: [], plot: null };

function remember(m) {
  const total = m.scopes.find((s) => s.scope === "total");
  if (!total) return;
  for (const [list, n] of [[curve.times, new Date(m.time) / 1000], [curve.settled, total.settled], [curve.held, total.settled + total.held], [curve.limit, total.limit]]) {
    list.push(n);
    if (list.length > points) list.shift();
  }
  const data = [curve.times, curve.held, curve.settled, curve.limit];
  if (curve.plot) { curve.plot.setData(data); return; }
  const css = getComputedStyle(document.documentElement), colour = (name) => {
    const probe = element("i");
    probe.style.color = css.getPropertyValue(name);
    document.body.append(probe);
    const is = getComputedStyle(probe).color;
    probe.remove();
    return is;
  };
  const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  curve.plot = new uPlot({
    width: $("curve").clientWidth, height: 220, legend: { show: false }, cursor: { show: false },
    scales: { y: { range: (u, low, high) => [0, Math.max(1, high) * 1.05] } },
    axes: [axis, { ...axis, size: 64, values: (u, list) => list.map(short) }],
    series: [{}, { stroke: colour("--held"), fill: colour("--line"), points: { show: false } },
      { stroke: colour("--good"), width: 2, points: { show: false } }, { stroke: colour("--bad"), dash: [6, 4], points: { show: false } }],
  }, data, $("curve"));
}

addEventListener("resize", () => curve.plot?.setSize({ width: $("curve").clientWidth, height: 220 }));

// ---- all tasks: only rows in sight are elements, and only their pages are asked for

const list = { total: 0, pages: new Map(), asked: 0, rows: [] };

function chosen() { return $("status").value; }

async function refresh() {
  if (list.busy) return;
  list.busy = true;
  try {
    const first = Math.floor($("list").scrollTop / rowHeight / pageSize);
    const last = Math.floor(($("list").scrollTop + $("list").clientHeight) / rowHeight / pageSize);
    for (let page = first; page <= last; page++) {
      const status = chosen();
      const got = await ask(`tasks?offset=${page * pageSize}&limit=${pageSize}&status=${encodeURIComponent(status)}`);
      if (status !== chosen()) break;
      list.pages.set(page, got.tasks);
      list.total = got.total;
      if (!got.tasks.length) break;
    }
  } catch (e) {
    if (!over) say(String(e.message || e));
  }
  list.busy = false;
  drawRows();
}

function drawRows() {
  const box = $("list"), first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - 10);
  const last = Math.min(list.total, Math.ceil((box.scrollTop + box.clientHeight) / rowHeight) + 10);
  $("rows").style.height = list.total * rowHeight + "px";
  $("shown").textContent = list.total.toLocaleString("en") + (list.total === 1 ? " task" : " tasks");
  const now = latest ? new Date(latest.time) : new Date();
  while (list.rows.length < last - first) {
    const row = element("div", undefined, "row");
    for (let i = 0; i < 5; i++) row.append(element("span"));
    list.rows.push(row);
    $("rows").append(row);
  }
  while (list.rows.length > Math.max(0, last - first)) list.rows.pop().remove();
  for (let i = first; i < last; i++) {
    const row = list.rows[i - first], task = list.pages.get(Math.floor(i / pageSize))?.[i % pageSize];
    row.style.top = i * rowHeight + "px";
    const took = task?.begun ? span((task.ended ? new Date(task.ended) : now) - new Date(task.begun)) : "";
    const texts = task ? [task.id, task.state, task.worker || "", task.tokens ? short(task.tokens) + " tok" : "", took] : ["…", "", "", "", ""];
    texts.forEach((text, n) => { if (row.children[n].textContent !== text) row.children[n].textContent = text; });
    row.children[1].className = task ? ({ good: "good", bad: "bad", near: "warn" })[outcomes[task.state]] || "" : "";
    row.title = task?.reason || "";
  }
}

let scrolling = 0;
$("list").addEventListener("scroll", () => {
  drawRows();
  clearTimeout(scrolling);
  scrolling = setTimeout(refresh, 120);
});
$("status").addEventListener("change", () => {
  const here = new URLSearchParams(location.hash.slice(1));
  here.delete("token");
  chosen() ? here.set("status", chosen()) : here.delete("status");
  history.replaceState(null, "", "#" + here); // a link to what is shown
  list.pages.clear();
  $("list").scrollTop = 0;
  refresh();
});

// ---- changing its mind

$("pause").addEventListener("click", async () => {
  try { draw(await ask(latest.state === "paused" ? "resume" : "pause", { by: "dashboard" })); say(""); } catch (e) { say(e.message); }
});

function openDialog() {
  const keys = ["total_budget_limit", "total_cost_limit", "max_tokens_per_task", "max_cost_per_task", "max_tokens_per_worker", "max_cost_per_worker"];
  for (const s of latest.scopes) {
    const [kind, ...name] = s.scope.split(":");
    if (kind === "model" || kind === "label") keys.push(`${kind}s.${name.join(":")}.max_tokens`, `${kind}s.${name.join(":")}.max_cost`);
  }
  $("key").replaceChildren(...keys.map((k) => element("option", k)));
  $("dialog").showModal();
  $("value").focus();
}
$("raise").addEventListener("click", openDialog);
$("cancel").addEventListener("click", () => $("dialog").close());
$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const got = await ask("limits", { set: { [$("key").value]: $("value").value }, by: "dashboard", reason: $("reason").value });
    const debts = got.debts.map((d) => `${d.scope} stands above it: a debt of ${short(d.tokens)} tokens`);
    say([...got.changes.map((c) => `${c.key}: ${c.before || "absent"} → ${c.after || "absent"}`), ...debts, got.not_written || ""].filter(Boolean).join("; "));
    $("dialog").close();
    $("form").reset();
  } catch (e) {
    say(e.message);
    $("dialog").close();
  }
});

addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  if (event.key === "p" && !$("pause").disabled) $("pause").click();
  if (event.key === "l" && !$("raise").disabled) openDialog();
  if (event.key === "/") { event.preventDefault(); $("status").focus(); }
});

$("status").value = new URLSearchParams(location.hash.slice(1)).get("status") || "";
go();
