package sqlite

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// entryColumns are the columns of entries in the order of [entryValues], which has the checksum too, and [scanEntry].
const entryColumns = `id, op, time, period, run, task, worker, scopes, debts,
	model, served, bound, counted, output_cap,
	hold_tokens, hold_nano_usd, used_tokens, used_nano_usd, overrun_tokens, overrun_nano_usd,
	input, cache_read, cache_write_5m, cache_write_1h, output, audio_input, audio_output, reasoning, fees_nano_usd,
	unpriced, assumed, reason, request_id, price_version, limit_tokens, limit_nano_usd, tier`

// insertEntry is the statement for the values of [entryValues].
func insertEntry(values []string) string {
	return `INSERT INTO entries (` + entryColumns + `, result_crc32c) VALUES (` + commas(values) + `) ON CONFLICT (id, op) DO NOTHING`
}

// selectEntries reads what [scanEntry] scans.
const selectEntries = `SELECT ` + entryColumns + `, result FROM entries LEFT JOIN results USING (seq) `

// entryValues returns e as the values of insertEntry.
func entryValues(e budget.Entry) ([]any, error) {
	scopes, err := encodeList(e.Scopes)
	if err != nil {
		return nil, fmt.Errorf("budget/sqlite: scopes of entry %s: %w", e.ID, err)
	}
	debts, err := encodeList(e.Debts)
	if err != nil {
		return nil, fmt.Errorf("budget/sqlite: debts of entry %s: %w", e.ID, err)
	}
	values := []any{
		e.ID, string(e.Op), e.Time.UnixNano(), e.Period, e.Run(), e.TaskID(), e.Name(budget.KindWorker), scopes, debts,
		e.Model, e.Served, string(e.Certainty), e.Counted, e.Output,
		e.Hold.Tokens, int64(e.Hold.Cost), e.Used.Tokens, int64(e.Used.Cost), e.Overrun.Tokens, int64(e.Overrun.Cost),
	}
	for _, n := range e.Usage.Figures() {
		values = append(values, *n)
	}
	return append(values, int64(e.Usage.Fees),
		e.Unpriced, e.Assumed, e.Reason, e.RequestID, e.PriceVersion, e.Limit.Tokens, (*int64)(e.Limit.Cost), e.Tier.String(),
		checksum(e.Result)), nil
}

// checksum is the CRC-32C of a result, and NULL without one. The entry has it, not the row of the result, so that
// it also tells that the row is gone.
func checksum(result []byte) any {
	if len(result) == 0 {
		return nil
	}
	return int64(crc32.Checksum(result, castagnoli))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// scanEntry reads the current row of a query that began with selectEntries.
func scanEntry(rows *sql.Rows) (budget.Entry, error) {
	var r row
	if err := rows.Scan(r.columns()...); err != nil {
		return r.Entry, err
	}
	return r.Entry, r.decode()
}

// row is an entry as it is stored.
type row struct {
	budget.Entry
	nanos             int64
	scopes, debts     string
	tier              sql.NullString // NULL: written before tiers were known
	run, task, worker sql.RawBytes   // repeat what is in scopes; good until the next row
}

// columns returns where the columns of selectEntries go.
func (r *row) columns() []any {
	e := &r.Entry
	columns := []any{
		&e.ID, &e.Op, &r.nanos, &e.Period, &r.run, &r.task, &r.worker, &r.scopes, &r.debts,
		&e.Model, &e.Served, &e.Certainty, &e.Counted, &e.Output,
		&e.Hold.Tokens, &e.Hold.Cost, &e.Used.Tokens, &e.Used.Cost, &e.Overrun.Tokens, &e.Overrun.Cost,
	}
	for _, n := range e.Usage.Figures() {
		columns = append(columns, n)
	}
	return append(columns, &e.Usage.Fees,
		&e.Unpriced, &e.Assumed, &e.Reason, &e.RequestID, &e.PriceVersion, &e.Limit.Tokens, &e.Limit.Cost, &r.tier,
		&e.Result)
}

// decode completes the entry from what was scanned.
func (r *row) decode() error {
	r.Time = time.Unix(0, r.nanos).UTC()
	_ = r.Tier.UnmarshalText([]byte(r.tier.String)) // any text is one
	if err := decodeList(r.scopes, &r.Scopes); err != nil {
		return fmt.Errorf("budget/sqlite: scopes of entry %s: %w", r.ID, err)
	}
	if err := decodeList(r.debts, &r.Debts); err != nil {
		return fmt.Errorf("budget/sqlite: debts of entry %s: %w", r.ID, err)
	}
	return nil
}

// encodeList writes a list as JSON as a person would, without escaping < and >.
func encodeList[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	if scopes, ok := any(list).([]budget.Scope); ok {
		if text, plain := encodeScopes(scopes); plain {
			return text, nil
		}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	err := enc.Encode(list)
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), err
}

// encodeScopes is the same for scopes whose names need no escaping, which nearly all are.
func encodeScopes(scopes []budget.Scope) (text string, plain bool) {
	var b strings.Builder
	for i, s := range scopes {
		for _, c := range []byte(s.Name) {
			if c < ' ' || c > '~' || c == '"' || c == '\\' {
				return "", false
			}
		}
		b.WriteString(opening(i))
		b.WriteString(s.String())
		b.WriteByte('"')
	}
	b.WriteByte(']')
	return b.String(), true
}

// opening is what stands before the element of a list of texts.
func opening(i int) string {
	if i == 0 {
		return `["`
	}
	return `,"`
}

func decodeList[T any](text string, list *[]T) error {
	if text == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(text), list)
}
