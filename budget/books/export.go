package books

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// ExportOptions are the options of [Export].
type ExportOptions struct {
	// Outputs exports what tasks bought, as it is.
	Outputs bool
	// Redact returns what is exported of a result where Outputs is not set; nil leaves the content of all
	// results out.
	Redact func(result []byte) ([]byte, error)
}

// Exported says how much was exported.
type Exported struct {
	Runs, Entries int64
	Open          int64 // holds that are open in it: [Import] refuses it
}

// Export writes whole books as they are at one moment, as JSON lines that [Import] reads. The same books
// give the same bytes. Their owner, if there is one, goes on meanwhile.
func Export(ctx context.Context, from Viewer, w io.Writer, o ExportOptions) (Exported, error) {
	x := &exporter{o: o, out: bufio.NewWriterSize(w, 64<<10)}
	x.lines = json.NewEncoder(x.out)
	x.lines.SetEscapeHTML(false)
	err := from.View(ctx, "export", func(v View) error { return x.export(ctx, v) })
	return x.Exported, err
}

// exporter is an export that is going on.
type exporter struct {
	Exported
	o     ExportOptions
	out   *bufio.Writer
	lines *json.Encoder
}

func (x *exporter) export(ctx context.Context, v View) error {
	if err := x.lines.Encode(exportHeader{ExportFormat, exportVersion, x.o.Outputs}); err != nil {
		return err
	}
	runs, err := v.Runs(ctx)
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(runs) { // as they began or were entered
		if err := x.lines.Encode(exportLine{Run: exportedRun(r)}); err != nil {
			return err
		}
		x.Runs++
	}
	for e, err := range v.Entries(ctx) {
		if err == nil {
			err = e.Unread
		}
		if err == nil {
			err = x.entry(e.Entry)
		}
		if err != nil {
			return err
		}
	}
	for _, err := range v.Holds(ctx) {
		if err != nil {
			return err
		}
		x.Open++
	}
	if err := x.lines.Encode(exportLine{End: &exportEnd{x.Runs, x.Entries}}); err != nil {
		return err
	}
	return x.out.Flush()
}

func (x *exporter) entry(e budget.Entry) error {
	if err := x.o.redact(&e); err != nil {
		return err
	}
	x.Entries++
	return x.lines.Encode(exportLine{Entry: exportedEntry(e)})
}

func (o ExportOptions) redact(e *budget.Entry) (err error) {
	switch {
	case o.Outputs || e.Result == nil:
	case o.Redact == nil:
		e.Result = nil
	default:
		if e.Result, err = o.Redact(e.Result); err != nil {
			return fmt.Errorf("the result of entry %s: %w", e.ID, err)
		}
	}
	return nil
}
