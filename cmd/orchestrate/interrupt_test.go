package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// gate is a provider that answers only when the test lets it.
type gate struct {
	*httptest.Server
	asked   chan string   // a prompt that arrived
	answers chan struct{} // one answer may go out; closed, all may

	mu    sync.Mutex
	times map[string]int // that a prompt arrived
}

func newGate(t *testing.T) *gate {
	g := &gate{asked: make(chan string, 1000), answers: make(chan struct{}), times: make(map[string]int)}
	g.Server = httptest.NewServer(http.HandlerFunc(g.answer))
	t.Cleanup(g.Close)
	return g
}

func (g *gate) answer(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Model    string
		Messages []struct{ Content string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	prompt := request.Messages[0].Content
	g.mu.Lock()
	g.times[prompt]++
	g.mu.Unlock()
	g.asked <- prompt
	select {
	case <-g.answers:
		fmt.Fprintf(w, `{"id": "1", "model": %q, "choices": [{"index": 0, "message": {"role": "assistant", "content": "fine"},
			"finish_reason": "stop"}], "usage": {"prompt_tokens": 12, "completion_tokens": 8, "total_tokens": 20}}`, request.Model)
	case <-r.Context().Done():
	}
}

// waitAsked returns when n more requests have arrived.
func (g *gate) waitAsked(n int) {
	for range n {
		<-g.asked
	}
}

// most is how often the prompt arrived that arrived most often, and all how many did.
func (g *gate) most() (most, all int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.times {
		most, all = max(most, n), all+n
	}
	return most, all
}

// The tasks here hold 52 tokens each and use 20. Two run at once.
const (
	gateHold = 52
	gateUsed = 20
)

// beginGated starts a run of n tasks, two of which are in flight when it returns.
func beginGated(t *testing.T, n int, args ...string) (*gate, *process, string) {
	t.Helper()
	g := newGate(t)
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", g.URL+"/v1"), manyTasks(n))
	args = append([]string{"run", "tasks.jsonl", "--progress", "json"}, args...)
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, args...).begin(true)
	p.waitFor(`"event":"started"`, 2)
	g.waitAsked(2)
	return g, p, dir
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func TestFirstInterruptDrains(t *testing.T) {
	for _, tt := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			t.Parallel()
			g, p, dir := beginGated(t, 6)
			p.signal(tt.signal)
			p.waitFor(`"event":"draining"`, 1)
			close(g.answers)
			last := p.waitFor(`"event":"ended"`, 1)
			if code := p.end(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			want(t, last, map[string]string{"ended.done": "2", "ended.cancelled": "4", "interrupted": "true"})
			if resume := valueOf(t, last, "resume_command"); !regexp.MustCompile(`^orchestrate run --resume=\S+ --config \S+$`).MatchString(resume) {
				t.Errorf("resume command %q", resume)
			}
			want(t, p.out.String(), map[string]string{"len": "6", "outcome=cancelled.reason": "the run was interrupted", "outcome=cancelled.attempts": "0"})
			wantTotal(t, dir, map[string]string{"held": "0", "settled": strconv.Itoa(2 * gateUsed), "assumed": "0"})

			command(t, dir, p.Env, "run", "--resume", "--progress", "off").run(exitDone)
			wantTotal(t, dir, map[string]string{"held": "0", "settled": strconv.Itoa(6 * gateUsed), "assumed": "0"})
			if most, all := g.most(); most != 1 || all != 6 {
				t.Errorf("%d requests, one prompt %d times: a finished task was paid twice", all, most)
			}
		})
	}
}

func TestSecondInterruptAborts(t *testing.T) {
	t.Parallel()
	_, p, dir := beginGated(t, 6)
	p.signal(os.Interrupt)
	p.waitFor(`"event":"draining"`, 1)
	p.signal(os.Interrupt) // nobody answers the two in flight
	last := p.waitFor(`"event":"ended"`, 1)
	if code := p.end(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	want(t, last, map[string]string{"ended.cancelled": "6", "budget.held": "0"})
	want(t, p.out.String(), map[string]string{"attempts=1.reason": "the run was aborted", "attempts=1.assumed": "true"})
	assumed := strconv.Itoa(2 * gateHold)
	wantTotal(t, dir, map[string]string{"held": "0", "settled": assumed, "assumed": assumed})
	want(t, command(t, dir, nil, "budget", "status", "--json").run(exitDone), map[string]string{
		"unconfirmed.others": "true", "unconfirmed.newest.len": "0", "owner": "null",
	})
	want(t, command(t, dir, nil, "budget", "status", "--attempts", "--json").run(exitDone), map[string]string{
		"unconfirmed.others": "false", "unconfirmed.newest.len": "2",
	})
}

func TestPlainProgressSaysHowToStopAndGoOn(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", g.URL+"/v1"), manyTasks(4))
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").begin(true)
	g.waitAsked(2)
	p.signal(os.Interrupt)
	p.waitFor("stopping: 2 tasks running to the end, no more are begun (interrupt again to abort)  settled 0  held 104  remaining 9,896 of 10,000 tokens", 1)
	close(g.answers)
	p.waitFor("2 done, 2 cancelled of 4 tasks", 1)
	p.waitFor("to go on with what is left: orchestrate run --resume=", 1)
	if code := p.end(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

func TestKilledRunIsResumed(t *testing.T) {
	t.Parallel()
	g, p, dir := beginGated(t, 6)
	g.answers <- struct{}{}
	p.waitFor(`"outcome":"done"`, 1)
	g.waitAsked(1) // the next in its place
	p.signal(syscall.SIGKILL)
	if code := p.end(); code != -1 {
		t.Fatalf("exit code %d of a process that was killed", code)
	}

	// Whoever reads the books sees one task settled and two holds that nobody has resolved yet.
	wantTotal(t, dir, map[string]string{"held": strconv.Itoa(2 * gateHold), "settled": strconv.Itoa(gateUsed), "assumed": "0"})

	// The next owner settles them as assumed, and says so.
	close(g.answers)
	resumed := command(t, dir, p.Env, "run", "--resume", "--progress", "json")
	want(t, resumed.run(exitDone), map[string]string{"len": "6", "id=t6.outcome": "done"})
	want(t, resumed.err.String(), map[string]string{
		"msg=open holds of an owner that died were resolved.holds": "2",
		"event=begun.resumed":        "1",
		"event=begun.budget.held":    "0",
		"event=begun.budget.assumed": strconv.Itoa(2 * gateHold),
		"event=ended.budget.held":    "0",
	})
	wantTotal(t, dir, map[string]string{
		"held": "0", "assumed": strconv.Itoa(2 * gateHold), "settled": strconv.Itoa(6*gateUsed + 2*gateHold),
	})
	if most, all := g.most(); most != 2 || all != 8 { // the two that were cut off are asked again
		t.Errorf("%d requests, one prompt %d times; want 8 and 2", all, most)
	}
}

func TestSecondRunIsRefused(t *testing.T) {
	t.Parallel()
	g, p, dir := beginGated(t, 3)
	want(t, command(t, dir, nil, "budget", "status", "--json").run(0), map[string]string{
		"scopes.scope=total.held": strconv.Itoa(2 * gateHold), // readers are welcome
	})
	command(t, dir, nil, "plan", "tasks.jsonl").run(exitDone)
	command(t, dir, nil, "report").run(exitDone)

	second := command(t, dir, p.Env, "run", "tasks.jsonl", "--out", "second.jsonl")
	second.run(exitUsage)
	owner := regexp.MustCompile(fmt.Sprintf(`^orchestrate: \S*ledger.db is in use by process %d since \d{4}-\d\d-\d\dT\S+ \(run \d{8}-\d{6}-\w+\): wait for it to end, or stop it \(add --wait to wait for it\)\n$`, p.Process.Pid))
	if !owner.MatchString(second.err.String()) {
		t.Errorf("the second run says %q", second.err.String())
	}
	if _, err := os.Stat(dir + "/second.jsonl"); err == nil {
		t.Error("the refused run made a results file")
	}
	reset := command(t, dir, nil, "budget", "reset")
	reset.run(exitUsage)
	if !regexp.MustCompile(`^orchestrate: the budget cannot be reset during a run: .* is in use by process \d+`).MatchString(reset.err.String()) {
		t.Errorf("reset says %q", reset.err.String())
	}

	// A limit may be changed meanwhile; the run keeps those that it began with.
	command(t, dir, nil, "budget", "set", "total_budget_limit=50").run(exitDone)
	close(g.answers)
	if code := p.end(); code != exitDone {
		t.Errorf("the first run ended with %d: %s", code, p.err.String())
	}
	wantTotal(t, dir, map[string]string{"held": "0", "settled": strconv.Itoa(3 * gateUsed)})
}

func TestClosedPipe(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", g.URL+"/v1"), manyTasks(6))
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl", "--progress", "json")
	p.Stdout = write
	p.begin(true)
	write.Close()
	g.waitAsked(2)
	g.answers <- struct{}{}
	if _, err := bufio.NewReader(read).ReadString('\n'); err != nil { // head -1
		t.Fatal(err)
	}
	read.Close()
	g.waitAsked(1)
	close(g.answers)
	last := p.waitFor("orchestrate: ", 1)
	if code := p.end(); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if !regexp.MustCompile(`^orchestrate: write the result of task t\d: write \S+: broken pipe`).MatchString(last) {
		t.Errorf("the error says %q", last)
	}

	// What was in flight is settled, and what was paid is not lost.
	status := command(t, dir, nil, "budget", "status", "--json").run(exitDone)
	want(t, status, map[string]string{"scopes.scope=total.held": "0", "scopes.scope=total.assumed": "0"})
	result := command(t, dir, p.Env, "run", "--resume", "--progress", "off").run(exitDone)
	want(t, result, map[string]string{"len": "6", "id=t6.outcome": "done"})
	wantTotal(t, dir, map[string]string{"held": "0", "settled": strconv.Itoa(6 * gateUsed)})
	if most, _ := g.most(); most != 1 {
		t.Errorf("a task was asked %d times", most)
	}
}
