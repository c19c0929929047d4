// Package terminal looks at the live view as a person does, in a terminal of tmux. See run.
package terminal

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	configuration = `[budget]
total_budget_limit = 40_000
[[workers]]
name = "drafter"
provider = "sim"
model = "gpt-4o-mini"
concurrency = 4
max_output_tokens = 900
[providers.sim]
latency = "%s"
`
	patience = 30 * time.Second
	tick     = 100 * time.Millisecond
)

// terminal is one with a shell in it, in the directory of a project.
type terminal struct {
	t                    *testing.T
	server, dir, program string
}

func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "orchestrate")
	c := exec.Command("go", "build", "-o", program, "./cmd/orchestrate")
	c.Dir = filepath.Join("..", "..", "..", "..")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func open(t *testing.T, program, latency string, wide, high int) *terminal {
	t.Helper()
	x := &terminal{t: t, server: fmt.Sprintf("orchestrate-%d-%d", os.Getpid(), time.Now().UnixNano()), dir: t.TempDir(), program: program}
	var tasks strings.Builder
	for i := range 40 {
		fmt.Fprintf(&tasks, "{\"id\": \"chapter-%02d\", \"prompt\": \"Draft chapter %d of a book about oaks.\"}\n", i+1, i+1)
	}
	x.write("orchestrate.toml", fmt.Sprintf(configuration, latency))
	x.write("tasks.jsonl", tasks.String())
	x.tmux("-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(wide), "-y", strconv.Itoa(high), "-c", x.dir,
		"env PS1='$ ' TERM=screen-256color bash --norc --noprofile")
	t.Cleanup(func() { x.tmux("kill-server") })
	x.waitFor("the shell", func(screen string) bool { return strings.Contains(screen, "$") })
	return x
}

func (x *terminal) write(name, text string) {
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", x.server}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (x *terminal) keys(keys ...string) { x.tmux(append([]string{"send-keys"}, keys...)...) }

// screen is what is seen, without the ends of lines that are empty.
func (x *terminal) screen() string {
	lines := strings.Split(x.tmux("capture-pane", "-p"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// waitFor returns the screen once it is as it should be.
func (x *terminal) waitFor(what string, is func(screen string) bool) string {
	x.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(tick) {
		screen := x.screen()
		if is(screen) {
			return screen
		}
		if time.Now().After(end) {
			x.t.Fatalf("waiting for %s; the screen:\n%s", what, screen)
		}
	}
}

func (x *terminal) start() string {
	x.keys(x.program+" run tasks.jsonl; echo code=$?", "Enter")
	return x.waitFor("a frame with four tasks", func(s string) bool { return strings.Contains(s, "4 running") && whole(s) == "" })
}

var title = regexp.MustCompile(`(?m)^run \d{8}-\d{6}-\w{6}  \w+`)

// whole says what is wrong with the frame on a screen, "" if nothing is: each of its lines is there once, and nothing of another.
func whole(screen string) string {
	if n := len(title.FindAllString(screen, -1)); n != 1 {
		return fmt.Sprintf("%d titles", n)
	}
	for _, line := range []string{"tasks   ", "rates   ", "total "} {
		if n := strings.Count("\n"+screen, "\n"+line); n != 1 {
			return fmt.Sprintf("%d lines %q", n, line)
		}
	}
	return ""
}

// save keeps a screen for the documents, without what changes from one time to the next.
func (x *terminal) save(name, screen string) {
	screen = regexp.MustCompile(`\d{8}-\d{6}-\w{6}`).ReplaceAllString(screen, "20261126-010000-abcdef")
	screen = strings.ReplaceAll(screen, x.program, "orchestrate")
	for _, wrapped := range []string{`(--\s*c\s*o\s*n\s*f\s*i\s*g\s+)[\s\S]*?(orchestrate\.toml)`, `(--out results)-[\s\S]*?(\.jsonl)`} {
		screen = regexp.MustCompile(wrapped).ReplaceAllString(screen, "$1$2")
	}
	path := filepath.Join("..", "..", "..", "..", "testdata", "screens", "terminal-"+name+".txt")
	if err := os.WriteFile(path, []byte(screen+"\n"), 0o644); err != nil {
		x.t.Error(err)
	}
}

// TestSizes: each size has a whole frame, also when it becomes another in the middle, and its figures are those of the books.
func TestSizes(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			x := open(t, program, "60s", size[0], size[1])
			screen := x.start()
			held := regexp.MustCompile(`(\d[\d.,]*k?) held`)
			x.waitFor("the held tokens of the books", func(s string) bool {
				m := held.FindStringSubmatch(s)
				return m != nil && figure(m[1]) == x.booksHold()
			})
			x.save(name, screen)
			for _, other := range [][2]int{{100, 30}, {60, 15}, size} {
				x.tmux("resize-window", "-x", strconv.Itoa(other[0]), "-y", strconv.Itoa(other[1]))
				x.waitFor(fmt.Sprintf("a whole frame at %dx%d", other[0], other[1]), func(s string) bool { return whole(s) == "" })
			}
			x.keys("C-c")
			x.waitFor("draining", func(s string) bool { return strings.Contains(s, "draining") })
			x.keys("C-c")
			x.waitFor("the end", func(s string) bool { return strings.Contains(s, "code=130") })
		})
	}
}

// figure is a number as the view writes it: "4.2k", to the nearest hundred.
func figure(text string) string {
	text = strings.ReplaceAll(text, ",", "")
	thousands, isThousands := strings.CutSuffix(text, "k")
	n, err := strconv.ParseFloat(thousands, 64)
	if err != nil {
		return text
	}
	if isThousands {
		n *= 1000
	}
	return fmt.Sprintf("%.2g", n)
}

func (x *terminal) booksHold() string {
	x.t.Helper()
	c := exec.Command(x.program, "budget", "status", "--json")
	c.Dir = x.dir
	out, err := c.Output()
	if err != nil {
		x.t.Fatal(err)
	}
	var status struct {
		Scopes []struct {
			Scope string
			Held  float64
		}
	}
	if err := json.Unmarshal(out, &status); err != nil {
		x.t.Fatal(err)
	}
	for _, s := range status.Scopes {
		if s.Scope == "total" {
			return fmt.Sprintf("%.2g", s.Held)
		}
	}
	return "none"
}

// TestStopAndContinue: Ctrl-Z gives the terminal back, and fg draws a whole frame again.
func TestStopAndContinue(t *testing.T) {
	x := open(t, build(t), "60s", 80, 24)
	x.start()
	x.keys("C-z")
	x.waitFor("the shell", func(s string) bool { return strings.Contains(s, "Stopped") })
	x.keys("clear; fg", "Enter")
	screen := x.waitFor("a whole frame", func(s string) bool { return strings.Contains(s, "4 running") && whole(s) == "" })
	x.save("continued", screen)
	x.keys("C-c")
	x.keys("C-c")
	x.waitFor("the end", func(s string) bool {
		return strings.Contains(s, "$") && !title.MatchString(lastLine(s)) && strings.Contains(s, "cancelled")
	})
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

// TestInterrupts: once lets what runs end, says what it waits for, and how to go on; twice ends it.
func TestInterrupts(t *testing.T) {
	program := build(t)
	x := open(t, program, "6s", 80, 24)
	x.start()
	x.keys("C-c")
	x.save("draining", x.waitFor("what it waits for", func(s string) bool {
		return strings.Contains(s, "draining") && strings.Contains(s, "chapter-") && whole(s) == ""
	}))
	screen := x.waitFor("the end", func(s string) bool { return strings.Contains(s, "code=130") })
	for _, want := range []string{"4 done", "36 cancelled", "run --resume"} {
		if !strings.Contains(screen, want) {
			t.Errorf("once: no %q:\n%s", want, screen)
		}
	}
	if title.MatchString(screen) {
		t.Errorf("once: a frame is left:\n%s", screen)
	}
	x.save("interrupted", screen)

	x = open(t, program, "60s", 80, 24)
	x.start()
	x.keys("C-c")
	x.waitFor("draining", func(s string) bool { return strings.Contains(s, "draining") })
	x.keys("C-c")
	screen = x.waitFor("the end", func(s string) bool { return strings.Contains(s, "code=130") })
	if !strings.Contains(screen, "40 cancelled") || title.MatchString(screen) {
		t.Errorf("twice:\n%s", screen)
	}
	x.save("aborted", screen)
}
