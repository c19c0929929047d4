package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// StatusFile is a tasks.json of Task Master in which the status of its tasks is written. What else stands in it stays as
// it is, byte by byte, also what others write between two writes. Its methods are for one goroutine at a time.
type StatusFile struct {
	path string // with its links followed
	tag  string
}

// OpenStatus returns the statuses of a file, of the tag that a [Reader] with that Tag reads.
func OpenStatus(path, tag string) (*StatusFile, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("write statuses: %w", err)
	}
	doc, err := document.ReadRegular(target, maxTaskMaster)
	if err != nil {
		return nil, fmt.Errorf("write statuses: %w", err)
	}
	if !isTaskMaster(bytes.TrimPrefix(doc, document.ByteOrderMark)) {
		return nil, &Error{File: path, Message: "statuses are written into a tasks.json of Task Master, which this is not"}
	}
	m, _, err := parseStatuses(path, filepath.Dir(path), tag, doc)
	if err != nil {
		return nil, err
	}
	return &StatusFile{path: target, tag: m.tag}, nil
}

func parseStatuses(path, dir, tag string, doc []byte) (m *masterFile, before int, err error) {
	text := bytes.TrimPrefix(doc, document.ByteOrderMark)
	f := &taskFile{Source: document.NewSource(path), Reader: Reader{Tag: tag}, dir: dir}
	m, _ = f.parseMaster(text)
	return m, len(doc) - len(text), f.Err()
}

// Write gives tasks, by their ids, a status. It replaces the file as a whole: whoever reads it sees all of the changes or
// none. A task that is no longer there has none.
func (s *StatusFile) Write(status map[string]string) error {
	doc, err := document.ReadRegular(s.path, maxTaskMaster)
	if err != nil {
		return fmt.Errorf("write statuses: %w", err)
	}
	m, before, err := parseStatuses(s.path, filepath.Dir(s.path), s.tag, doc)
	if err != nil {
		return fmt.Errorf("write statuses: %w", err)
	}
	var edits []edit
	for _, t := range m.tasks {
		if word, ok := status[t.id]; ok && (word != t.status || t.node.Get("status") == nil) {
			edits = append(edits, t.setStatus(word))
		}
	}
	if len(edits) == 0 {
		return nil
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.start - a.start })
	for _, e := range edits {
		doc = slices.Replace(doc, before+e.start, before+e.end, []byte(e.text)...)
	}
	if err := document.ReplaceFile(s.path, doc); err != nil {
		return fmt.Errorf("write statuses: %w", err)
	}
	return nil
}

// edit is a text in place of what stands from start to end.
type edit struct {
	start, end int
	text       string
}

func (t *masterTask) setStatus(word string) edit {
	quoted, err := json.Marshal(word)
	if err != nil {
		panic("tasks: a status that is no text")
	}
	if old := t.node.Get("status"); old != nil {
		return edit{old.Start, old.End, string(quoted)}
	}
	return edit{t.node.Start + 1, t.node.Start + 1, `"status": ` + string(quoted) + ","}
}
