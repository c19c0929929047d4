package main

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// Of a run that has ended a browser is shown the report, until the looking is interrupted.
func TestWatchShowsARunThatHasEnded(t *testing.T) {
	dir := writeProject(t, "[[workers]]\nname = \"w\"\nprovider = \"sim\"\nmodel = \"gpt-4o-mini\"\n[providers.sim]\nlatency = \"0s\"\n", manyTasks(2))
	command(t, dir, nil, "run", "tasks.jsonl", "--progress", "off").run(exitDone)
	p := command(t, dir, nil, "watch", "--web").begin(true)
	line := p.waitFor("dashboard: ", 1)
	resp, err := http.Get(strings.TrimSpace(strings.TrimPrefix(line, "dashboard: ")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "Report of run ") {
		t.Errorf("status %d: %.200s", resp.StatusCode, page)
	}
	p.signal(syscall.SIGINT)
	if code := p.end(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}
