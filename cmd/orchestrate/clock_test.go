package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// TestPeriodAhead: a period that begins in the future, because the clock was moved back, is said by status and by a run.
func TestPeriodAhead(t *testing.T) {
	dir := writeProject(t, "[budget]\ntotal_budget_limit = 1000\n[[workers]]\nname = \"w\"\nprovider = \"sim\"\nmodel = \"sim\"\n[providers.sim]\n",
		`{"id": "a", "prompt": "x", "max_output_tokens": 20}`+"\n")
	for _, tt := range []struct {
		begins time.Duration
		ahead  bool
	}{{-time.Hour, false}, {48 * time.Hour, true}} {
		ledger, err := sqlite.Open(t.Context(), filepath.Join(dir, ".orchestrate", "ledger.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		period := int64(1)
		if tt.ahead {
			period = 2
		}
		start := time.Now().Add(tt.begins).UTC()
		err = ledger.Append(t.Context(), budget.Entry{ID: fmt.Sprint("begun-", period), Op: budget.OpReset, Time: start, Period: period, Scopes: []budget.Scope{budget.Total}})
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.Close(); err != nil {
			t.Fatal(err)
		}
		run, status, machine := command(t, dir, nil, "run", "tasks.jsonl", "--progress", "plain"), command(t, dir, nil, "budget", "status"),
			command(t, dir, nil, "budget", "status", "--json")
		run.run(exitDone)
		status.run(exitDone)
		machine.run(exitDone)
		for where, said := range map[string]string{"run": run.err.String(), "status": status.out.String()} {
			if strings.Contains(said, "begins in the future, at "+start.Format("2006-01-02 15:04")) != tt.ahead {
				t.Errorf("%s, when the period begins at %v:\n%s", where, start, said)
			}
		}
		var s struct {
			Ahead bool `json:"period_is_ahead"`
		}
		if err := json.Unmarshal(machine.out.Bytes(), &s); err != nil || s.Ahead != tt.ahead {
			t.Errorf("%v: period_is_ahead is %v, want %v", err, s.Ahead, tt.ahead)
		}
	}
}
