package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// sparse prepares a statement for each set of columns that has something to say, and leaves the others to literals: an
// entry has 38 columns, of which most are 0 or empty and need not go through the driver.
type sparse struct {
	conn  *sql.Conn
	text  func(columns []string) string // of the statement, with "?" or a literal for each column
	stmts map[uint64]*sql.Stmt
}

// maxSparse bounds the statements: a handful is in use, and what is beyond the bound binds every column.
const maxSparse = 64

func newSparse(conn *sql.Conn, text func([]string) string) sparse {
	return sparse{conn, text, make(map[uint64]*sql.Stmt)}
}

// exec carries out the statement for these values, of which say has those to bind.
func (s sparse) exec(ctx context.Context, say uint64, values []any) (sql.Result, error) {
	stmt := s.stmts[say]
	if stmt == nil {
		if len(s.stmts) >= maxSparse {
			say = 1<<len(values) - 1
			stmt = s.stmts[say]
		}
		if stmt == nil {
			var err error
			if stmt, err = s.conn.PrepareContext(ctx, s.text(placeholders(say, values))); err != nil {
				return nil, err
			}
			s.stmts[say] = stmt
		}
	}
	bound := make([]any, 0, len(values))
	for i, v := range values {
		if say&(1<<i) != 0 {
			bound = append(bound, v)
		}
	}
	return stmt.ExecContext(ctx, bound...)
}

func (s sparse) close() error {
	var errs []error
	for _, stmt := range s.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}

// placeholders is "?" for each value to bind, and the literal of the others.
func placeholders(say uint64, values []any) []string {
	columns := make([]string, len(values))
	for i, v := range values {
		columns[i] = "?"
		if say&(1<<i) == 0 {
			columns[i] = literalOf(v)
		}
	}
	return columns
}

// saying has a bit for each value that is more than its column's nothing.
func saying(values []any) (say uint64) {
	for i, v := range values {
		if literalOf(v) == "" {
			say |= 1 << i
		}
	}
	return say
}

// literalOf is the literal of a value that is its column's nothing, "" of every other.
func literalOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case *int64:
		if v == nil {
			return "NULL"
		}
	case int64:
		if v == 0 {
			return "0"
		}
	case bool:
		if !v {
			return "0"
		}
	case string:
		switch v {
		case "":
			return "''"
		case "[]":
			return "'[]'"
		}
	}
	return ""
}

// commas is columns in the way of SQL.
func commas(columns []string) string { return strings.Join(columns, ", ") }
