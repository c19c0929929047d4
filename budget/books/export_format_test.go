package books

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzExportReader: no file makes the reader panic, and an error names its line.
func FuzzExportReader(f *testing.F) {
	f.Add([]byte(`{"format":"orchestrate-ledger","version":2,"outputs":false}
{"run":{"id":"run-a","task_file":"/a/tasks.toml","digest":"d","started":"1970-01-01T00:00:07Z","status":"ended"}}
{"entry":{"id":"a","op":"reserve","time":"2026-01-05T09:00:00Z","period":1,"scopes":["total","run:run-a"],"model":"m","output_cap":5,"hold":{"tokens":9,"cost_nano_usd":0}}}
{"entry":{"id":"a","op":"settle","time":"2026-01-05T09:00:01Z","period":1,"scopes":["total","run:run-a"],"model":"m","output_cap":5,"hold":{"tokens":9,"cost_nano_usd":0},"used":{"tokens":7,"cost_nano_usd":0},"usage":{"input":7}}}
{"end":{"runs":1,"entries":2}}
`))
	f.Add([]byte(`{"format":"orchestrate-ledger","version":1}` + "\n" + `{"entry":{"id":{"base64":"/w=="},"op":"limit"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := newExportReader(bytes.NewReader(data))
		var audit Audit
		for err == nil {
			var line exportLine
			if line, err = r.next(); err == nil && line.Entry != nil {
				_ = audit.Add(line.Entry.entry())
			}
		}
		if err != io.EOF && !strings.HasPrefix(err.Error(), "line ") && !strings.Contains(err.Error(), "is empty") {
			t.Errorf("an error without a line: %v", err)
		}
	})
}
