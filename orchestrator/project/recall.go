package project

import (
	"cmp"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
)

// answer tells a finished task's answer from every other, under whatever id it is.
type answer struct {
	question       string // the digest, else the id
	started, ended time.Time
}

func answerOf(r orchestrator.Result) answer {
	return answer{cmp.Or(r.Digest, r.ID), r.Started.UTC().Round(0), r.Ended.UTC().Round(0)}
}

// recall completes results whose outputs the books do not have from the files they were written to, and finds
// those that are in a file alone. It returns how many outputs it found nowhere.
func (r *resumption) recall(out string) (missing int) {
	written := make(map[answer]orchestrator.Result)
	for _, file := range r.files(out) {
		list, _ := results.Read(file, r.run.ID) // what it lacks is told below
		for _, line := range list {
			if line.Outcome == orchestrator.Done && !line.Omitted {
				line.OutputFile = file
				written[answerOf(line)] = line
			}
		}
	}
	for i, kept := range r.earlier {
		line, ok := written[answerOf(kept)]
		delete(written, answerOf(kept))
		switch {
		case kept.Outcome != orchestrator.Done || !kept.Omitted:
		case ok:
			line.ID = kept.ID
			r.earlier[i] = line
		default:
			missing++
		}
	}
	for _, line := range written {
		if line.Digest != "" {
			r.found = append(r.found, line)
		}
	}
	slices.SortFunc(r.found, func(a, b orchestrator.Result) int { return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.ID, b.ID)) })
	return missing
}

// files are the regular files that may have results of the run.
func (r *resumption) files(out string) (files []string) {
	if out != "" && out != "-" {
		files = append(files, absolute(out))
	}
	for _, kept := range r.earlier {
		if kept.OutputFile != "" && !slices.Contains(files, kept.OutputFile) {
			files = append(files, kept.OutputFile)
		}
	}
	return files
}
