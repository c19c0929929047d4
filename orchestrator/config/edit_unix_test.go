//go:build unix

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// TestSetBudgetLeavesFilesOutsideAlone: a configuration that is a link out of the project is not edited.
func TestSetBudgetLeavesFilesOutsideAlone(t *testing.T) {
	outer, dir := t.TempDir(), t.TempDir()
	const text = "[budget]\nperiod = \"day\"\n"
	target := filetest.Write(t, outer, "mine.toml", text)
	link := filepath.Join(dir, FileName)
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := SetBudget(link, []string{"period=week"}); err == nil || !strings.Contains(err.Error(), target+", outside the project") {
		t.Errorf("%v", err)
	}
	got, err := os.ReadFile(target)
	if diff := cmp.Diff(text, string(got)); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
}
