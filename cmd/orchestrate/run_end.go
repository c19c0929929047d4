package main

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
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

// goOn is the command that goes on with a run that was interrupted, as far as its books know, "" for another.
func goOn(p *project.Project, r *project.Report) string {
	if r.State != project.RunInterrupted || r.Run.ID == project.ServeRun {
		return ""
	}
	args := []string{program(), "run"}
	if p.Config.Path == "" || r.Run.TaskFile == project.Stdin {
		args = append(args, project.QuoteArg(r.Run.TaskFile))
	}
	args = append(args, "--resume="+r.Run.ID)
	if p.Config.Path != "" {
		args = append(args, "--config", project.QuoteArg(absolute(p.Path)))
	}
	if p.Sim {
		args = append(args, "--sim")
	}
	return strings.Join(args, " ")
}

// resumeCommand is the command that goes on with what a run left, "" if that is nothing.
func resumeCommand(p *project.Project, e project.Ended) string {
	if s := e.Summary; s.Total == s.Resumed+s.Counts[orchestrator.Done] {
		return ""
	}
	args := []string{program(), "run"}
	without := p.Config.Path == "" // a configuration, whose place is that of the books
	if e.TaskFile == project.Stdin {
		args = append(args, e.TaskFile)
	} else if without {
		args = append(args, project.QuoteArg(e.TaskFile))
	}
	args = append(args, "--resume="+e.Summary.Run)
	if !without {
		args = append(args, "--config", project.QuoteArg(absolute(p.Path)))
	}
	args = append(args, quickArgs(p)...)
	args = append(args, templateArgs(p.Template)...)
	if p.Tag != "" {
		args = append(args, "--tag", project.QuoteArg(p.Tag))
	}
	if e.WritesStatus {
		args = append(args, "--write-status")
	}
	if p.Sim {
		args = append(args, "--sim")
	}
	if e.Out != "" {
		args = append(args, "--out", project.QuoteArg(e.Out))
	}
	return strings.Join(args, " ")
}
