package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
	"github.com/orchestrate-go/orchestrate/budget/sqlite/disktest"
)

// TestWriteFaults: when the disk fails a write, the settlement fails and says why, its hold stays open in
// memory, nothing more is admitted, and what was acknowledged before is in the books. The next owner, on a
// disk that works, charges the hold.
func TestWriteFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		op    disktest.Op
		fault disktest.Fault
		want  string // in the error
		again bool   // the same settlement succeeds once the disk works
	}{
		{"disk full", disktest.Write, disktest.Full, "database or disk is full", true},
		{"write", disktest.Write, disktest.FailedWrite, "disk I/O error", false},
		{"fsync", disktest.Sync, disktest.FailedSync, "disk I/O error", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			disk := disktest.New(t)
			l := openAt(t, filepath.Join(disk.Dir, "ledger.db"))
			m := manage(t, l, nil)
			ctx := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t"))
			settled, open := reserve(t, ctx, m), reserve(t, ctx, m)
			if err := settled.Settle(ctx, spend(70)); err != nil {
				t.Fatal(err)
			}

			disk.FailOp(test.op, test.fault)
			err := open.Settle(ctx, spend(50))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Settle: %v, want %q", err, test.want)
			}
			if total := m.Total(); total.Held.Tokens != 100 || total.Settled.Tokens != 70 {
				t.Errorf("held %v, settled %v: the hold is not open", total.Held, total.Settled)
			}
			if _, err := m.Reserve(ctx, call); !errors.Is(err, budget.ErrStopped) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Reserve: %v, want ErrStopped and the cause", err)
			}

			disk.Fail(nil)
			err = open.Settle(ctx, spend(50))
			if test.again != (err == nil) || (err != nil && !errors.Is(err, ErrBroken)) {
				t.Errorf("Settle on a disk that works again: %v", err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openAt(t, l.path)
			checkIntegrity(t, l)
			settledAs := int64(100) // the hold, assumed
			for _, e := range checkBooks(t, l) {
				if e.Op == budget.OpSettle && e.ID == open.ID() {
					settledAs = e.Used.Tokens // the write that failed had reached the disk, which an fsync error leaves open
				}
			}
			if total := manage(t, l, nil).Total(); total.Held.Tokens != 0 || total.Settled.Tokens != 70+settledAs {
				t.Errorf("the next owner: held %v, settled %v, want 70 + %d", total.Held, total.Settled, settledAs)
			}
			checkBooks(t, l)
		})
	}
}

var call = budget.Call{Model: "m", Input: 60, MinOutput: 40, MaxOutput: 40, Certainty: budget.Exact}

func spend(tokens int64) budget.Outcome { return budget.Outcome{Usage: budget.Usage{Input: tokens}} }

// manage opens the budget of l.
func manage(t *testing.T, l *Ledger, c *calendar.Periods) *budget.Manager {
	t.Helper()
	m, err := budget.Open(t.Context(), budget.Config{Ledger: l, Calendar: c, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func reserve(t *testing.T, ctx context.Context, m *budget.Manager) budget.Reservation {
	t.Helper()
	r, err := m.Reserve(ctx, call)
	if err != nil {
		t.Fatal(err)
	}
	r.Sent()
	return r
}

// TestReadFault: a disk that cannot be read says so on loading and on writing, and works when it does again.
func TestReadFault(t *testing.T) {
	disk := disktest.New(t)
	l := openAt(t, filepath.Join(disk.Dir, "ledger.db"))
	if err := l.Append(t.Context(), budgettest.NewBooks("a", 1).Take(200)...); err != nil {
		t.Fatal(err)
	}
	disk.FailOp(disktest.Read, disktest.FailedRead)
	_, loaded := l.Load(t.Context())
	_, read := budgettest.ReadAll(t.Context(), l)
	for name, err := range map[string]error{"Load": loaded, "All": read} {
		if err == nil || !strings.Contains(err.Error(), "disk I/O error") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenReader(t.Context(), l.path); err == nil || !strings.Contains(err.Error(), "disk I/O error") {
		t.Errorf("OpenReader: %v", err)
	}
	disk.Fail(nil)
	if n := len(checkBooks(t, l)); n != 200 {
		t.Errorf("%d entries, want 200", n)
	}
}

// TestFilesGone: what is written to a deleted file is lost, so the owner notices that one of its files is
// gone before it acknowledges a write.
func TestFilesGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be deleted")
	}
	for name, remove := range map[string]func(path string) error{
		"deleted":     os.Remove,
		"log deleted": func(path string) error { return os.Remove(path + "-wal") },
		"moved":       func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", nil, 0o600), os.Rename(path+".new", path))
		},
		"lock deleted": func(path string) error { return os.Remove(path + ".lock") }, // another owner may come
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			l, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			m := manage(t, l, nil)
			open := reserve(t, t.Context(), m)
			if err := remove(path); err != nil {
				t.Fatal(err)
			}
			err = open.Settle(t.Context(), spend(50))
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "was deleted, moved or replaced") {
				t.Errorf("Settle: %v", err)
			}
			if err := open.Settle(t.Context(), spend(50)); !errors.Is(err, ErrBroken) {
				t.Errorf("Settle again: %v, want ErrBroken", err)
			}
			if _, err := m.Reserve(t.Context(), call); !errors.Is(err, budget.ErrStopped) {
				t.Errorf("Reserve: %v, want ErrStopped", err)
			}
			if held := m.Total().Held.Tokens; held != 100 {
				t.Errorf("held %d, want the hold", held)
			}
			_ = l.Close() // may well complain; it must not hang or panic
		})
	}
}

// TestCorruptPages overwrites a page of a closed file, each in turn: somebody says so, or the page was of no
// importance. Nobody panics.
func TestCorruptPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, path)
	entries := budgettest.NewBooks("a", 1).Take(120)
	if err := errors.Join(l.Append(t.Context(), entries...), l.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	noise := rand.NewChaCha8([32]byte{7})
	for number := range len(whole) / page {
		for _, suffix := range []string{"-wal", "-shm"} { // of the last round
			_ = os.Remove(path + suffix)
		}
		damaged := append([]byte(nil), whole...)
		_, _ = noise.Read(damaged[number*page : (number+1)*page])
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if said := useDamaged(t, path, entries); said == nil {
			t.Errorf("page %d is noise, and nobody says so", number+1)
		} else if text := said.Error(); !strings.Contains(text, "malformed") && !strings.Contains(text, "not a database") &&
			!strings.Contains(text, "damaged") {
			t.Errorf("page %d is noise, and the error is %v", number+1, said)
		}
	}
}

// useDamaged does everything with a ledger that may be damaged, and returns the first complaint.
func useDamaged(t *testing.T, path string, want []budget.Entry) error {
	ctx := t.Context()
	l, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := l.Load(ctx, budgettest.Runs...); err != nil {
		return err
	}
	if entries, err := budgettest.ReadAll(ctx, l); err != nil {
		return err
	} else if len(entries) != len(want) {
		return fmt.Errorf("damaged: %d entries instead of %d", len(entries), len(want))
	}
	if err := l.Append(ctx, budgettest.NewBooks("b", 2).Take(5)...); err != nil {
		return err
	}
	var verdict string
	if err := l.read.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("damaged: %s (%w)", verdict, err)
	}
	return nil
}

// TestClockMovedBack: entries keep the order in which they were appended, and no period begins a second
// time, whatever the clock says.
func TestClockMovedBack(t *testing.T) {
	l := openNew(t)
	books := budgettest.NewBooks("a", 1).Take(50)
	for i := range books {
		books[i].Time = books[i].Time.Add(-time.Duration(i) * time.Hour)
	}
	// A period that began when the clock was a year ahead.
	reset := budget.Entry{ID: "period-90", Op: budget.OpReset, Time: time.Now().UTC().AddDate(1, 0, 0), Period: 90, Scopes: []budget.Scope{budget.Total}}
	if err := l.Append(t.Context(), append(books, reset)...); err != nil {
		t.Fatal(err)
	}
	for i, e := range checkBooks(t, l)[:50] {
		if e.ID != books[i].ID || e.Op != books[i].Op {
			t.Fatalf("entry %d is %s %s, want %s %s", i, e.Op, e.ID, books[i].Op, books[i].ID)
		}
	}
	m := manage(t, l, &calendar.Periods{Unit: calendar.Day})
	if p := m.Period(); p.ID != 90 {
		t.Errorf("period %d, want 90 to go on", p.ID)
	}
	if err := m.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := m.Period(); p.ID != 91 || !p.Start.Before(reset.Time) {
		t.Errorf("period %d since %v, want the 91st from now", p.ID, p.Start)
	}
	checkBooks(t, l)
}
