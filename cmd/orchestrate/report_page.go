package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/orchestrator/page"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// writePage writes a page about a run to a file, "-" for standard output. The file is replaced in one step, and readable by
// its owner alone: names of tasks, and answers, may be nobody else's business.
func writePage(ctx context.Context, p *project.Project, run, path string, outputs bool, std stdio) error {
	text, err := pageOf(ctx, p, run, outputs)
	if err != nil {
		return err
	}
	if path == project.Stdin { // which is "-" for output, too
		_, err := std.out.Write(text)
		return err
	}
	if err := replaceFile(path, text); err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, "written to", path)
	return err
}

// pageOf is the page about a run.
func pageOf(ctx context.Context, p *project.Project, run string, outputs bool) ([]byte, error) {
	record, err := p.Record(ctx, run, outputs)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	o := page.Options{Outputs: outputs, Program: program()}
	err = page.Write(&text, record, view.NewReport(p, record.Report, ""), o)
	return text.Bytes(), err
}

func replaceFile(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return usage(err)
	}
	defer os.Remove(file.Name())
	if _, err = file.Write(text); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
