// Looks at the dashboard of a run of 10,000 simulated tasks as people would, and compares it with the books.
import { execFileSync, spawn } from "node:child_process";
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const [work, screens] = process.argv.slice(2);
const orchestrate = path.join(work, "orchestrate");
const axe = fs.readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

fs.writeFileSync(path.join(work, "orchestrate.toml"), `[budget]
total_budget_limit = "1.5M"
[budget.models.gpt-4o]
max_cost = "2.50"
[prices]
bundled = true
[providers.practice]
kind = "sim"
latency = "40ms"
jitter = "30ms"
error_rate = 0.002
min_output_tokens = 50
max_output_tokens = 300
[[workers]]
name = "drafter"
provider = "practice"
model = "gpt-4o-mini"
max_output_tokens = 300
concurrency = 6
[[workers]]
name = "editor"
provider = "practice"
model = "gpt-4o"
max_output_tokens = 300
concurrency = 2
`);
const tasks = Array.from({ length: 10000 }, (_, i) => JSON.stringify({ id: `chapter-${String(i).padStart(5, "0")} <b>&amp;`, prompt: `Write about ${i}.` }));
fs.writeFileSync(path.join(work, "tasks.jsonl"), tasks.join("\n") + "\n");

const cli = (...args) => execFileSync(orchestrate, args, { cwd: work, encoding: "utf8", maxBuffer: 1 << 28 });
const run = spawn(orchestrate, ["run", "tasks.jsonl", "--dashboard", "--progress", "off", "--out", "results.jsonl"], { cwd: work });
const url = await new Promise((resolve, reject) => {
  let said = "";
  run.stderr.on("data", (data) => {
    said += data;
    const found = /^dashboard: (\S+)$/m.exec(said);
    if (found) resolve(found[1]);
  });
  run.on("exit", () => reject(new Error(said)));
});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
let failed = 0;

async function check(name, test) {
  try {
    await test();
    console.log("ok", name);
  } catch (e) {
    failed++;
    console.log("FAILED", name, e.message);
  }
}

async function open(width, height, scheme) {
  const page = await (await browser.newContext({ viewport: { width, height }, colorScheme: scheme })).newPage();
  page.elsewhere = [];
  page.errors = [];
  page.on("request", (r) => { if (!r.url().startsWith(new URL(url).origin + "/") && !r.url().startsWith("data:")) page.elsewhere.push(r.url()); });
  page.on("console", (m) => { if (m.type() === "error") page.errors.push(m.text()); });
  page.on("pageerror", (e) => page.errors.push(String(e)));
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#state").textContent === "running");
  return page;
}

const text = (page, id) => page.evaluate((id) => document.getElementById(id).textContent, id);

try {
  for (const [width, height] of [[1280, 1000], [390, 1100]]) {
    for (const scheme of ["light", "dark"]) {
      await check(`${width} ${scheme}: no serious fault, nobody else is asked, no error`, async () => {
        const page = await open(width, height, scheme);
        await page.waitForTimeout(3000);
        await page.screenshot({ path: path.join(screens, `dashboard-${width}-${scheme}.png`) });
        const { violations } = await page.evaluate(axe + "; axe.run()");
        assert.deepEqual(violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => v.id), []);
        assert.deepEqual(page.elsewhere, []);
        assert.deepEqual(page.errors, []);
        assert.ok(await page.evaluate(() => document.body.scrollWidth <= innerWidth), "it is wider than the screen");
        await page.context().close();
      });
    }
  }
  const page = await open(1280, 1000, "light");
  await check("it goes on by itself", async () => {
    const before = await text(page, "counts");
    await page.waitForFunction((before) => document.querySelector("#counts").textContent !== before, before, { timeout: 5000 });
  });
  await check("names are text, and no markup", async () => {
    await page.waitForFunction(() => /chapter-00000 <b>&amp;/.test(document.querySelector("#rows").textContent), null, { timeout: 5000 });
  });
  await check("10,000 tasks scroll with at most 200 rows, and no task of the main thread takes 100 ms", async () => {
    const longest = await page.evaluate(async () => {
      let longest = 0, done = performance.now() + 5000;
      const observer = new PerformanceObserver((list) => { for (const e of list.getEntries()) longest = Math.max(longest, e.duration); });
      observer.observe({ type: "longtask" });
      const list = document.querySelector("#list");
      while (performance.now() < done) {
        list.scrollTop = (list.scrollTop + 900) % (list.scrollHeight - list.clientHeight);
        await new Promise((next) => requestAnimationFrame(next));
      }
      observer.disconnect();
      return longest;
    });
    const rows = await page.evaluate(() => document.querySelectorAll(".row").length);
    console.log(`   ${rows} rows; the longest task took ${longest} ms`);
    assert.ok(rows <= 200);
    assert.ok(longest <= 100);
  });
  await check("pause holds the run, and its numbers are those of the books", async () => {
    await page.click("#pause");
    await page.waitForFunction(() => document.querySelector("#state").textContent.startsWith("paused"));
    await page.waitForFunction(() => / 0 running/.test(document.querySelector("#counts").textContent), null, { timeout: 10000 });
    await page.waitForTimeout(1000);
    const total = JSON.parse(cli("budget", "status", "--json")).scopes.find((s) => s.scope === "total");
    const settled = await page.evaluate(() => [...document.querySelectorAll("#limits tbody tr")].find((r) => r.cells[0].textContent === "total").cells[2].textContent);
    assert.equal(settled, await page.evaluate((n) => short(n), total.settled));
  });
  await check("a limit is raised, in the books with its reason and in the file", async () => {
    await page.keyboard.press("l");
    await page.fill("#value", "3M");
    await page.fill("#reason", "one more chapter");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /total_budget_limit: "1.5M" → "3M"/.test(document.querySelector("#notice").textContent), null, { timeout: 5000 });
    assert.match(fs.readFileSync(path.join(work, "orchestrate.toml"), "utf8"), /total_budget_limit = "3M"/);
    assert.match(cli("ledger", "export", "--out", "-"), /dashboard: one more chapter/);
  });
  await check("resume lets it go on", async () => {
    await page.keyboard.press("p");
    await page.waitForFunction(() => document.querySelector("#state").textContent === "running", null, { timeout: 5000 });
  });
  await check("what is shown can be chosen, and linked to", async () => {
    await page.selectOption("#status", "failed");
    await page.waitForFunction(() => /^[0-9,]+ tasks?$/.test(document.querySelector("#shown").textContent) && ![...document.querySelectorAll(".row")].some((r) => /done/.test(r.children[1].textContent)));
    assert.match(page.url(), /#status=failed$/);
    assert.ok(!page.url().includes("token"));
  });
  await check("it says that the run has ended", async () => {
    run.kill("SIGINT");
    await page.waitForFunction(() => document.querySelector("#state").textContent === "ended", null, { timeout: 20000 });
  });
  await new Promise((resolve) => run.exitCode === null ? run.once("exit", resolve) : resolve());
  cli("report", "--html", "report.html");
  const report = JSON.parse(cli("report", "--json"));
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]]) {
    await check(`the report, ${width} ${scheme}: no serious fault, nobody is asked, its sums are those of the books`, async () => {
      const page = await (await browser.newContext({ viewport: { width, height: 1300 }, colorScheme: scheme, javaScriptEnabled: true })).newPage();
      const asked = [];
      page.on("request", (r) => { if (!/^(file|data):/.test(r.url())) asked.push(r.url()); });
      await page.goto("file://" + path.join(work, "report.html"));
      await page.screenshot({ path: path.join(screens, `report-${width}-${scheme}.png`) });
      const { violations } = await page.evaluate(axe + "; axe.run()");
      assert.deepEqual(violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => v.id), []);
      assert.deepEqual(asked, []);
      const shown = await page.evaluate(() => document.body.textContent);
      for (const n of [report.total.tokens, ...report.groups[0].lines.map((l) => l.tokens)]) assert.ok(shown.includes(n.toLocaleString("en")), String(n));
      assert.ok(await page.evaluate(() => document.body.scrollWidth <= innerWidth), "it is wider than the screen");
    });
  }
} finally {
  await browser.close();
  run.kill("SIGKILL");
}
process.exit(failed ? 1 : 0);
