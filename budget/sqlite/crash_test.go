package sqlite

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestKilledWriter kills a process in the middle of its appends, several times over on the same file. Every
// append that had returned is there, every other one is there whole or not at all, and the totals are
// those of the entries.
func TestKilledWriter(t *testing.T) {
	path := t.TempDir() + "/ledger.db"
	for round := range 5 {
		name := fmt.Sprint("round", round)
		c := startChild(t, "write", path, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "LEDGER_TEST_ROUND="+name) })
		returned := make([]int, childWriters)
		note := func(line string) {
			g, err := strconv.Atoi(line)
			if err != nil {
				t.Fatalf("the child says %q", line)
			}
			returned[g] += childAppend
		}
		for range 60 + 23*round {
			note(c.line(t))
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for c.lines.Scan() { // what it still said before it died
			note(c.lines.Text())
		}
		_ = c.Wait()

		checkReader(t, path) // before anyone has recovered the file
		checkSurvivors(t, path, name, returned)
	}
}

func checkReader(t *testing.T, path string) {
	t.Helper()
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	checkBooks(t, r)
}

func checkSurvivors(t *testing.T, path, round string, returned []int) {
	t.Helper()
	l, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	there := make(map[string][]budget.Entry)
	for _, e := range checkBooks(t, l) {
		prefix, _, _ := strings.Cut(e.ID, "-")
		there[prefix] = append(there[prefix], e)
	}
	for g, n := range returned {
		got := there[fmt.Sprintf("%s.%d", round, g)]
		if len(got) != n && len(got) != n+childAppend {
			t.Errorf("%s: goroutine %d: appends of %d entries had returned, %d are there", round, g, n, len(got))
		}
		want := childBooks(round, g).Take(n + childAppend)
		if diff := gocmp.Diff(want[:len(got)], got); diff != "" {
			t.Errorf("%s: goroutine %d (-appended +there):\n%s", round, g, diff)
		}
		// Whoever does not know how the last one ended appends it again.
		if err := l.Append(t.Context(), want[n:]...); err != nil {
			t.Errorf("repeat: %v", err)
		}
	}
	checkBooks(t, l)
}

// checkBooks checks what l loads against its entries, and returns them.
func checkBooks(t *testing.T, l *Ledger) []budget.Entry {
	t.Helper()
	entries, err := budgettest.ReadAll(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	state, err := l.Load(t.Context(), append(budgettest.Runs, "")...)
	if err != nil {
		t.Fatal(err)
	}
	budgettest.Check(t, state, nil, entries)
	return entries
}
