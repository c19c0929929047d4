package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestExportAfterAKill: an export with the holds of a dead run says that nobody can import it, and how one comes
// about that can be.
func TestExportAfterAKill(t *testing.T) {
	t.Parallel()
	g, p, dir := beginGated(t, 3)
	p.signal(syscall.SIGKILL)
	p.end()
	close(g.answers)
	file, target := filepath.Join(t.TempDir(), "history.jsonl"), t.TempDir()
	faultProject(t, target)
	export := func() string {
		c := command(t, dir, nil, "ledger", "export", "--out", file, "--force")
		c.run(exitDone)
		return c.err.String()
	}
	if said := export(); !strings.Contains(said, "warning: 2 holds are open in it, and ledger import takes no such file") ||
		!strings.Contains(said, "(orchestrate budget reset)") {
		t.Errorf("export says %q", said)
	}
	refused := command(t, target, nil, "ledger", "import", file, "--mixed")
	refused.run(exitFailed)
	if said := refused.err.String(); !strings.Contains(said, "is open (2 in all): let its run end or, if that died, begin another one, and export again") {
		t.Errorf("import says %q", said)
	}
	command(t, dir, nil, "budget", "reset").run(exitDone)
	if said := export(); strings.Contains(said, "warning") {
		t.Errorf("after a reset export says %q", said)
	}
	command(t, target, nil, "ledger", "import", file, "--mixed").run(exitDone)
	command(t, target, nil, "ledger", "verify").run(exitDone)
}
