package sqlite

import (
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// TestImport: what was entered before an error is not there, and others write as before and after.
func TestImport(t *testing.T) {
	l := filled(t, []budget.Entry{charged("a", 5, "r")})
	refused := errors.New("no more")
	err := l.Import(t.Context(), func(i books.Intake) error {
		e := charged("b", 5, "r")
		e.Period = -1
		if entered, err := i.Enter(e); !entered || err != nil {
			t.Errorf("%v, %v", entered, err)
		}
		return errors.Join(i.BeginPeriod(-1, time.Unix(1, 0)), i.EnterRun(books.Run{ID: "r", Started: time.Unix(1, 0)}), refused)
	})
	if !errors.Is(err, refused) {
		t.Errorf("err = %v", err)
	}
	if err := l.Append(t.Context(), charged("c", 5, "r")); err != nil {
		t.Error(err)
	}
	var ids []string
	for _, e := range read(t, l) {
		ids = append(ids, e.ID)
	}
	if diff := gocmp.Diff([]string{"a", "c"}, ids); diff != "" {
		t.Error(diff)
	}
	if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err != nil || !v.OK() || v.Runs != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := openReader(t, l.path).Import(t.Context(), nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a reader imports: %v", err)
	}
}
