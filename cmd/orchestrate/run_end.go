package main

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// exitCode is the first that applies of the codes for a run that went to its end; unserved tasks were
// deferred because no provider takes them.
func exitCode(s orchestrator.Summary, unserved int) int {
	switch {
	case unserved > 0 || (s.Providers > 0 && len(s.Unavailable) == s.Providers):
		return exitProvider
	case s.Counts[orchestrator.Failed] > 0 || s.Counts[orchestrator.Exhausted] > 0:
		return exitFailed
	case s.Counts[orchestrator.Deferred] > 0:
		return exitDeferred
	}
	return exitDone
}

// resumeCommand is the command that goes on with what the run left, "" if that is nothing.
func (x *execution) resumeCommand(s orchestrator.Summary) string {
	if s.Total == s.Resumed+s.Counts[orchestrator.Done] {
		return ""
	}
	args := []string{program(), "run"}
	if x.run.TaskFile == stdinFile {
		args = append(args, stdinFile)
	}
	args = append(args, "--resume="+x.run.ID, "--config", quoteArg(absolute(x.path)))
	if x.flags.sim {
		args = append(args, "--sim")
	}
	if x.out.Path() != "" {
		args = append(args, "--out", quoteArg(x.out.Path()))
	}
	return strings.Join(args, " ")
}
