package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
	"github.com/orchestrate-go/orchestrate/worker"
)

// echo is a provider that answers "<prompt>", and counts how often it was asked each.
type echo struct {
	*httptest.Server
	takes time.Duration

	mu    sync.Mutex
	times map[string]int
}

func newEcho(t *testing.T) *echo {
	e := &echo{times: make(map[string]int)}
	e.Server = httptest.NewServer(http.HandlerFunc(e.answer))
	t.Cleanup(e.Close)
	return e
}

func (e *echo) answer(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Messages []struct{ Content string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	prompt := request.Messages[0].Content
	e.mu.Lock()
	e.times[prompt]++
	e.mu.Unlock()
	time.Sleep(e.takes)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"model": "gpt-4o-mini", "usage": map[string]int{"prompt_tokens": 12, "completion_tokens": 8, "total_tokens": 20},
		"choices": []any{map[string]any{"message": map[string]string{"content": "<" + prompt + ">"}, "finish_reason": "stop"}},
	})
}

// asked is how often each prompt was.
func (e *echo) asked(prompt string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.times[prompt]
}

func (e *echo) all() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, times := range e.times {
		n += times
	}
	return n
}

// unstored is a project whose books keep no outputs.
func (e *echo) unstored(t *testing.T, tasks string) (dir string, env []string) {
	config := providerProject("openai", "gpt-4o-mini", e.URL+"/v1") + "[run]\nstore_outputs = false\n"
	return writeProject(t, config, tasks), []string{"FAR_KEY=" + farKey}
}

// readLatest is what a results file says of each task.
func readLatest(t *testing.T, path string) map[string]orchestrator.Result {
	t.Helper()
	list, err := results.Read(path, "")
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	latest := make(map[string]orchestrator.Result)
	for _, r := range list {
		latest[r.ID] = r
	}
	return latest
}

var (
	outputsSeed  = flag.Uint64("outputs.seed", 1, "seed of TestKilledRunsLoseNoOutput")
	outputsKills = flag.Int("outputs.kills", 12, "how often TestKilledRunsLoseNoOutput kills the run")
)

// finished reads what the process says until n more tasks have finished, or it ends.
func (p *process) finished(n int) {
	for n > 0 {
		line, err := p.follow.ReadString('\n')
		if err != nil {
			return
		}
		if strings.Contains(line, `"event":"finished"`) {
			n--
		}
	}
}

// TestKilledRunsLoseNoOutput kills a run at random moments, and goes on with the command that is printed: no answer
// that was written is lost or paid again, and in the end all are there. Outputs are in the results file alone, or in
// the books as well.
func TestKilledRunsLoseNoOutput(t *testing.T) {
	for _, stored := range []bool{false, true} {
		t.Run(fmt.Sprintf("in the books %v", stored), func(t *testing.T) {
			t.Parallel()
			killRuns(t, stored)
		})
	}
}

func killRuns(t *testing.T, stored bool) {
	e := newEcho(t)
	e.takes = 3 * time.Millisecond
	tasks := *outputsKills * 40
	var file strings.Builder
	for i := range tasks {
		fmt.Fprintf(&file, "{\"id\": \"t%d\", \"prompt\": \"say %d\"}\n", i, i)
	}
	dir, env := e.unstored(t, file.String())
	config, err := os.ReadFile(filepath.Join(dir, "orchestrate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	wide := strings.NewReplacer("concurrency = 2", "concurrency = 8", "10_000", "10_000_000", "outputs = false", fmt.Sprint("outputs = ", stored)).Replace(string(config))
	if err := os.WriteFile(filepath.Join(dir, "orchestrate.toml"), []byte(wide), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.jsonl")
	r := rand.New(rand.NewPCG(*outputsSeed, 13))
	safe, times := make(map[string]orchestrator.Result), make(map[string]int)
	check := func(round int) {
		latest := readLatest(t, out)
		for id, was := range safe {
			if now := latest[id]; now.Output != was.Output || !now.Started.Equal(was.Started) {
				t.Errorf("seed %d, round %d: the answer of %s is now %+v", *outputsSeed, round, id, now)
			}
			if n := e.asked("say " + id[1:]); n != times[id] {
				t.Errorf("seed %d, round %d: %s was paid again, %d times and then %d", *outputsSeed, round, id, times[id], n)
			}
		}
		for id, result := range latest {
			if _, known := safe[id]; !known && result.Outcome == orchestrator.Done {
				safe[id], times[id] = result, e.asked("say "+id[1:])
			}
		}
	}
	args := []string{"run", "tasks.jsonl", "--out", "out.jsonl", "--progress", "json"}
	for round := range *outputsKills {
		p := command(t, dir, env, args...).begin(true)
		if r.IntN(4) > 0 { // else while it starts
			p.finished(1 + r.IntN(50))
		}
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond) // the moment of the kill
		p.signal(syscall.SIGKILL)
		p.end()
		if check(round); t.Failed() {
			return
		}
		if command(t, dir, nil, "report", "--json").begin(false).end() == exitDone { // the run is in the books
			args = []string{"run", "--resume", "--out", "out.jsonl", "--progress", "json"}
		}
	}
	killed := len(safe)
	if killed == 0 || killed == tasks {
		t.Errorf("%d of %d answers were safe when the last kill came: the test tests nothing", killed, tasks)
	}
	command(t, dir, env, args...).run(exitDone)
	check(-1)
	for i := range tasks {
		if got, want := safe[fmt.Sprint("t", i)].Output, fmt.Sprintf("<say %d>", i); got != want {
			t.Errorf("t%d: %q", i, got)
		}
	}
	wantTotal(t, dir, map[string]string{"held": "0"})
	command(t, dir, nil, "ledger", "verify").run(exitDone)
	t.Logf("%d answers were safe when the last kill came, of %d", killed, tasks)
}

// An answer that was written, and whose process died before it was booked, is taken over from the file: it is entered
// in the books, and its task not asked again.
func TestAnAnswerThatIsInTheFileAloneIsTakenOver(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	dir, env := e.unstored(t, manyTasks(2))
	command(t, dir, env, "run", "tasks.jsonl", "--out", "out.jsonl").run(exitDone)
	out := filepath.Join(dir, "out.jsonl")
	latest := readLatest(t, out)
	run := latest["t1"].Run

	lost := latest["t2"] // as if a third task had come so far
	lost.ID, lost.Output = "t3", "<written, not booked>"
	lost.Digest = worker.Digest(&worker.Prompt{Model: "gpt-4o-mini", MaxOutput: 40}, worker.Task{Prompt: "Count to 3."})
	lost.Ended = lost.Ended.Add(time.Second)
	text, err := json.Marshal(lost)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(out, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(file, "%s\n%s", text, text[:40]) // and torn the next
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tasks.jsonl"), []byte(manyTasks(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, dir, env, "run", "--resume="+run, "--out", "out.jsonl").run(exitDone)
	if got := readLatest(t, out); len(got) != 3 || got["t3"].Output != lost.Output || e.all() != 2 {
		t.Errorf("%d calls, %+v", e.all(), got)
	}
	want(t, command(t, dir, nil, "report", "--json").run(exitDone), map[string]string{"outcomes.done": "3"})
	for where, text := range stateFiles(t, dir) {
		wantNone(t, where, text, lost.Output)
	}

	// The books know where it is, whatever --out is now.
	got := command(t, dir, env, "run", "--resume="+run, "--progress", "off").run(exitDone)
	want(t, got, map[string]string{"len": "3", "id=t1.output": "<Count to 1.>", "id=t3.output": lost.Output, "id=t1.output_file": "absent"})
	if e.all() != 2 {
		t.Errorf("%d calls", e.all())
	}
}

// Upstream outputs that only the results file has go into the prompts of a resumed run.
func TestUpstreamOutputsComeFromTheFile(t *testing.T) {
	t.Parallel()
	const chain = `{"id": "up", "prompt": "first", "priority": "high"}` + "\n" + `{"id": "down", "prompt": "then {{ output \"up\" }}", "depends_on": ["up"]}` + "\n"
	for _, args := range [][]string{{"--out", "out.jsonl"}, {"--out", "other.jsonl"}, {}} {
		e := newEcho(t)
		dir, env := e.unstored(t, chain)
		config := filepath.Join(dir, "orchestrate.toml")
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		poor := strings.Replace(string(text), "10_000", "60", 1)
		if err := os.WriteFile(config, []byte(poor), 0o600); err != nil {
			t.Fatal(err)
		}
		command(t, dir, env, "run", "tasks.jsonl", "--out", "out.jsonl").run(exitDeferred)
		if err := os.WriteFile(config, text, 0o600); err != nil {
			t.Fatal(err)
		}
		command(t, dir, env, append([]string{"run", "--resume"}, args...)...).run(exitDone)
		if e.asked("then <first>") != 1 || e.all() != 2 {
			t.Errorf("%v: asked %v", args, e.times)
		}
	}
}

// Where outputs are in no books and their results cannot be read back, that is said before anything is asked; where
// they are found nowhere, too, and nothing is asked again for it.
func TestOutputsThatNobodyKeepsAreTold(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	dir, env := e.unstored(t, manyTasks(2))
	p := command(t, dir, env, "run", "tasks.jsonl")
	p.run(exitDone)
	if !regexp.MustCompile(`(?m)^warning: store_outputs = false, and the results go where they cannot be read back`).MatchString(p.err.String()) {
		t.Errorf("it says %q", p.err.String())
	}
	p = command(t, dir, env, "run", "--resume", "--out", "out.jsonl")
	p.run(exitDone)
	if !strings.Contains(p.err.String(), "warning: the outputs of 2 finished tasks are neither in the books") || strings.Contains(p.err.String(), "cannot be read back") {
		t.Errorf("it says %q", p.err.String())
	}
	if got := readLatest(t, filepath.Join(dir, "out.jsonl")); !got["t1"].Omitted || e.all() != 2 {
		t.Errorf("%d calls, %+v", e.all(), got)
	}
}

// Where nobody at all would keep an output, none is paid for.
func TestOutputsThatGoNowhereAreNotPaidFor(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	dir, env := e.unstored(t, manyTasks(2))
	p := command(t, dir, env, "run", "tasks.jsonl", "--out", os.DevNull)
	p.run(exitUsage)
	if !strings.Contains(p.err.String(), "nobody would keep what is paid for") || e.all() != 0 {
		t.Errorf("%d calls; it says %q", e.all(), p.err.String())
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if !results.Discards(&watched{Writer: &escape.Writer{W: &escape.Writer{W: null}}}) || results.Discards(&escape.Writer{W: new(strings.Builder)}) {
		t.Error("a null device is not seen below what escapes, or one is seen where there is none")
	}
}

// A results file that is deleted, or another put in its place, while answers come: none is lost, and the command to go
// on names the file where they are.
func TestAResultsFileDeletedDuringARun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be deleted")
	}
	t.Parallel()
	for _, replaced := range []bool{false, true} {
		g, p, dir := beginGated(t, 4, "--out", "out.jsonl")
		g.answers <- struct{}{}
		p.waitFor(`"outcome":"done"`, 1)
		out := filepath.Join(dir, "out.jsonl")
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
		if replaced {
			if err := os.WriteFile(out, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p.signal(os.Interrupt)
		p.waitFor(`"event":"draining"`, 1)
		close(g.answers)
		last := p.waitFor(`"event":"ended"`, 1)
		p.end()
		if replaced {
			mine, err := os.ReadFile(out)
			if err != nil || string(mine) != "mine" {
				t.Errorf("the other's file is %q, %v", mine, err)
			}
			out += "." + valueOf(t, last, "run")
		}
		if got := readLatest(t, out); len(got) != 4 {
			t.Errorf("%s has %d results", out, len(got))
		}
		if command := valueOf(t, last, "resume_command"); !strings.HasSuffix(command, " --out "+filepath.Base(out)) {
			t.Errorf("it says %q", command)
		}
		if !regexp.MustCompile(`was (deleted|replaced) during the run`).MatchString(p.err.String()) {
			t.Errorf("it says nothing: %s", p.err.String())
		}
	}
}

// Answers that the output cap cut are done, counted and told.
func TestCutAnswersAreTold(t *testing.T) {
	t.Parallel()
	const config = `[[workers]]
name = "w"
provider = "sim"
model = "gpt-4o-mini"
max_output_tokens = 40
[providers.sim]
latency = "0s"
min_output_tokens = 90
max_output_tokens = 90
`
	dir := writeProject(t, config, manyTasks(2))
	p := command(t, dir, nil, "run", "tasks.jsonl")
	want(t, p.run(exitDone), map[string]string{"id=t1.finish": string(wire.FinishLength)})
	if !strings.Contains(p.err.String(), "2 done (2 cut at the cap) of 2 tasks") {
		t.Errorf("it says %q", p.err.String())
	}
	p = command(t, dir, nil, "run", "tasks.jsonl", "--progress", "json")
	p.run(exitDone)
	want(t, p.err.String(), map[string]string{"event=ended.cut": "2", "event=begun.cut": "0"})
}
