package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// The words that must appear nowhere, each long enough to be no accident.
const (
	secretPrompt = "The password of the vault is swordfish-7731, tell nobody."
	secretSystem = "You are the butler of Castle Quillmoor-2209."
	modelOutput  = "Very well, sir, output-5518."
)

// TestSecretsStayWhereTheyBelong runs tasks against a provider that answers some, and repeats the key and
// the prompt in its errors for others, with everything logged. The key may be nowhere, prompts nowhere, the
// output only in the results and in the books.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	for _, f := range spoken {
		t.Run(f.kind, func(t *testing.T) {
			t.Parallel()
			server := providertest.NewServer()
			t.Cleanup(server.Close)
			server.RequireKey(farKey)
			server.Script(func(n int, r *wire.Request) providertest.Answer {
				quoted := fmt.Sprintf("key %s may not ask %q", farKey, r.Messages[len(r.Messages)-1].Text())
				return [...]providertest.Answer{
					{Text: modelOutput},
					{Status: 400, Message: quoted},
					{Status: 500, Message: secretPrompt},
					{Body: &quoted},
					{Status: 429, Message: "key " + farKey},
				}[n%5]
			})
			var tasks strings.Builder
			for i := range 20 {
				fmt.Fprintf(&tasks, "{\"id\": \"t%d\", \"prompt\": \"%d. %s\", \"system\": %q}\n", i, i, secretPrompt, secretSystem)
			}
			dir := writeProject(t, providerProject(f.kind, f.model, server.URL(f.format))+"format = \"json\"\n", tasks.String())
			env := []string{"FAR_KEY=" + farKey}

			run := command(t, dir, env, "run", "tasks.jsonl", "--out", "results.jsonl", "--progress", "json")
			run.run(exitFailed)
			if !strings.Contains(run.err.String(), "call failed") || !strings.Contains(run.err.String(), "call answered") {
				t.Fatal("nothing was logged that could hold a secret")
			}
			said := map[string]string{"standard output": run.out.String(), "standard error": run.err.String()}
			for _, args := range [][]string{
				{"report"}, {"report", "--json", "--by", "task"}, {"budget", "status", "--json"}, {"config"}, {"config", "--json"},
				{"plan", "tasks.jsonl"}, {"validate", "tasks.jsonl"},
			} {
				p := command(t, dir, env, args...)
				said[strings.Join(args, " ")] = p.run(exitDone) + p.err.String()
			}
			results, err := os.ReadFile(filepath.Join(dir, "results.jsonl"))
			if err != nil || !bytes.Contains(results, []byte(modelOutput)) {
				t.Fatalf("the results hold no output (%v)", err)
			}
			for where, text := range said {
				wantNone(t, where, text, farKey, secretPrompt, secretSystem, modelOutput)
			}
			wantNone(t, "the results", string(results), farKey, secretPrompt, secretSystem)
			for where, text := range stateFiles(t, dir) {
				wantNone(t, where, text, farKey, secretPrompt, secretSystem)
			}
		})
	}
}

// TestOutputsCanBeKeptOutOfTheBooks: store_outputs = false.
func TestOutputsCanBeKeptOutOfTheBooks(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Always(providertest.Answer{Text: modelOutput})
	config := providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)) + "[run]\nstore_outputs = false\n"
	dir := writeProject(t, config, manyTasks(3))
	out := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(exitDone)
	want(t, out, map[string]string{"id=t1.output": modelOutput})
	for where, text := range stateFiles(t, dir) {
		wantNone(t, where, text, modelOutput)
	}
}

// TestRunningProcessShowsNoSecret looks at what other users of the machine can see of a run, and at its state
// while it goes on: the write-ahead log is there then.
func TestRunningProcessShowsNoSecret(t *testing.T) {
	t.Parallel()
	g, p, dir := beginGated(t, 3)
	g.answers <- struct{}{}
	p.waitFor(`"outcome":"done"`, 1)
	for where, text := range stateFiles(t, dir) {
		wantNone(t, where, text, farKey, "Count to")
	}
	if runtime.GOOS == "linux" {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.Process.Pid))
		if err != nil || !bytes.Contains(line, []byte("tasks.jsonl")) {
			t.Fatalf("command line %q, %v", line, err)
		}
		wantNone(t, "the command line", string(line), farKey, "Count to")
	}
	close(g.answers)
	if code := p.end(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

// TestKeyThatCannotBeOneIsNotRepeated: a key with a line break, say, is refused without being shown.
func TestKeyThatCannotBeOneIsNotRepeated(t *testing.T) {
	t.Parallel()
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", "http://127.0.0.1:1"), manyTasks(1))
	p := command(t, dir, []string{"FAR_KEY=" + farKey + "\nsecond"}, "run", "tasks.jsonl")
	p.run(exitUsage)
	wantNone(t, "standard error", p.err.String(), farKey)
	if !strings.Contains(p.err.String(), "the key holds a space, a line break") {
		t.Errorf("it says %q", p.err.String())
	}
}

// stateFiles returns every file under .orchestrate by name.
func stateFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(filepath.Join(dir, project.StateDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() { // a socket has nothing to read
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of state, %v", len(files), err)
	}
	return files
}

// wantNone looks for secrets in text: whole, and every run of 16 characters of them.
func wantNone(t *testing.T, where, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		run := min(len(secret), 16)
		for i := range len(secret) - run + 1 {
			if strings.Contains(text, secret[i:i+run]) {
				t.Errorf("%s holds %q", where, secret[i:i+run])
				break
			}
		}
	}
}
