package main

import (
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestCorrectWhatRecoveryCharged: status lists what nobody confirmed, with the command that corrects it, and
// a correction takes it off the list, the total and the report.
func TestCorrectWhatRecoveryCharged(t *testing.T) {
	t.Parallel()
	g, p, dir := beginGated(t, 3)
	status := command(t, dir, nil, "budget", "status", "--json").run(exitDone)
	want(t, status, map[string]string{"unconfirmed.recovered": "0", "unconfirmed.newest.len": "0", "owner.pid": strconv.Itoa(p.Process.Pid), "owner.gone": "false"})
	held := command(t, dir, nil, "budget", "adjust", "any", "--tokens", "1", "--reason", "r")
	held.run(exitUsage)
	if !strings.Contains(held.err.String(), "the books cannot be corrected during a run: ") {
		t.Errorf("during a run: %q", held.err.String())
	}
	p.signal(syscall.SIGKILL)
	p.end()
	gone := command(t, dir, nil, "budget", "status").run(exitDone)
	if !strings.Contains(gone, "\nwhat is held was left by a process that is gone: the next run or reset resolves it\n") {
		t.Errorf("after its death status says %s", gone)
	}
	close(g.answers)
	command(t, dir, p.Env, "run", "--resume", "--progress", "off").run(exitDone)

	status = command(t, dir, nil, "budget", "status", "--json").run(exitDone)
	want(t, status, map[string]string{
		"unconfirmed.recovered": "2", "unconfirmed.leaked": "0", "unconfirmed.tokens": strconv.Itoa(2 * gateHold),
		"unconfirmed.newest.len": "2", "unconfirmed.newest.0.tokens": strconv.Itoa(gateHold),
		"unconfirmed.newest.0.reason": "recovered: the owner died with the hold open",
	})
	text := command(t, dir, nil, "budget", "status").run(exitDone)
	if !regexp.MustCompile(`(?m)^2 attempts charged or released by assumption, because nobody learnt what they used \(2 recovered, 0 leaked\): 104 tokens$`).MatchString(text) ||
		!strings.Contains(text, `orchestrate budget adjust ATTEMPT --tokens N --reason "..."`) {
		t.Errorf("status says %s", text)
	}

	id := valueOf(t, status, "unconfirmed.newest.0.id")
	adjusted := command(t, dir, nil, "budget", "adjust", id, "--tokens", "20", "--reason", "the provider's console", "--json").run(exitDone)
	want(t, adjusted, map[string]string{
		"attempt": id, "entries.0": id + "~1", "entries.1": id + "~2", "before": strconv.Itoa(gateHold), "before_assumed": "true", "after": "20",
	})
	settled := 3*gateUsed + gateHold + 20
	wantTotal(t, dir, map[string]string{"held": "0", "assumed": strconv.Itoa(gateHold), "settled": strconv.Itoa(settled)})
	want(t, command(t, dir, nil, "budget", "status", "--json").run(exitDone), map[string]string{"unconfirmed.recovered": "1"})
	want(t, command(t, dir, nil, "report", "--json").run(exitDone), map[string]string{
		"total.tokens": strconv.Itoa(settled), "total.assumed": strconv.Itoa(gateHold), "total.attempts": "5", "total.tasks": "3",
	})

	// Once more, with buckets; and what cannot be is refused.
	text = command(t, dir, nil, "budget", "adjust", id, "--input", "12", "--output", "9", "--cost", "0.5", "--reason", "invoice").run(exitDone)
	if !regexp.MustCompile(`^attempt \S+: 20 tokens -> 21 tokens \(\$0.50\), in period 1\nbooked as \S+~3 and \S+~4\n`).MatchString(text) {
		t.Errorf("it says %s", text)
	}
	for message, args := range map[string][]string{
		"there is no attempt nothing in":                 {"nothing", "--tokens", "1", "--reason", "r"},
		"already":                                        {id, "--input", "12", "--output", "9", "--cost", "0.5", "--reason", "again"},
		"a reason is required":                           {id, "--tokens", "1", "--reason", " "},
		`"lots" is not a number of tokens`:               {id, "--tokens", "lots", "--reason", "r"},
		`"-1" is not an amount of US dollars`:            {id, "--tokens", "1", "--cost", "-1", "--reason", "r"},
		`required flag(s) "reason" not set`:              {id, "--tokens", "1"},
		"at least one of the flags in the group":         {id, "--reason", "r"},
		"missing [output]":                               {id, "--input", "3", "--reason", "r"},
		"(at most 1099511627776 tokens and $1000000.00)": {id, "--input", "9007199254740992", "--output", "1", "--reason", "r"},
	} {
		refused := command(t, dir, nil, append([]string{"budget", "adjust"}, args...)...)
		refused.run(exitUsage)
		if !strings.Contains(refused.err.String(), message) {
			t.Errorf("%v: %q, want %q", args, refused.err.String(), message)
		}
	}
	// A cost above what was held is an overrun of money, in status and reports alike.
	command(t, dir, nil, "budget", "adjust", id, "--input", "12", "--output", "40", "--cost", "0.75", "--reason", "invoice 2").run(exitDone)
	if text := command(t, dir, nil, "report").run(exitDone); !strings.Contains(text, "0 ($0.75)") {
		t.Errorf("the report says %s", text)
	}
	command(t, dir, nil, "ledger", "verify").run(exitDone)
}
