// Package view is what is shown of a project: plans, status, reports, progress, counts. It turns each into data, which
// is JSON with a schema_version, and that into text for people and, for reports, into CSV.
//
//	budget, books, orchestrator ──> data (Status, Report, Plan, ...) ──> Text, JSON, CSV
//
// Text is in English, for a terminal or a file, and has no colour. What outputs, names and imports hold may contain
// escape sequences: whoever prints writes through an [escape.Writer].
package view

import (
	"encoding/json"
	"io"
)

// SchemaVersion is the version of all data. A change that a reader could trip over raises it.
const SchemaVersion = 1

// WriteJSON writes data, indented.
func WriteJSON(w io.Writer, data any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(data)
}
