package budget

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// Kind is the kind of thing that a scope names.
type Kind string

// The kinds of scope. Total, model and label scopes belong to the period; run, worker and task scopes belong to
// the run, so that task "t1" of another run is another task.
const (
	KindTotal  Kind = "total"
	KindModel  Kind = "model"
	KindLabel  Kind = "label"
	KindRun    Kind = "run"
	KindWorker Kind = "worker"
	KindTask   Kind = "task"

	MaxLabels = 8                          // labels that an attempt can have: of every other kind it has one scope at the most
	MaxScopes = len(kinds) - 1 + MaxLabels // scopes that an attempt can be charged to
)

// kinds is in order of width: where several scopes are short, the widest is named.
var kinds = [...]Kind{KindTotal, KindModel, KindLabel, KindRun, KindWorker, KindTask}

func (k Kind) index() int {
	for i, kind := range kinds {
		if kind == k {
			return i
		}
	}
	return -1
}

// OfPeriod reports whether scopes of this kind start afresh with each period. Those of the others belong to a run.
func (k Kind) OfPeriod() bool { return k == KindTotal || k == KindModel || k == KindLabel }

// implied reports whether the manager itself adds scopes of this kind.
func (k Kind) implied() bool { return k == KindTotal || k == KindModel }

// Scope is what a limit applies to. An attempt is charged to all its scopes at once, or to none.
type Scope struct {
	Kind Kind
	Name string // empty for the total
}

// Total is the scope of everything spent in a period. Every attempt is charged to it.
var Total = Scope{Kind: KindTotal}

// Model is the scope of everything spent on one model in a period. The manager adds it to every attempt.
func Model(name string) Scope { return Scope{KindModel, name} }

// Label is the scope of everything in a period that carries a label: a customer's name, say, or a project's. An attempt
// can have several, is charged to each of them and must fit all.
func Label(name string) Scope { return Scope{KindLabel, name} }

// Run is the scope of one run.
func Run(id string) Scope { return Scope{KindRun, id} }

// Worker is the scope of one worker within a run.
func Worker(name string) Scope { return Scope{KindWorker, name} }

// Task is the scope of one task within a run.
func Task(id string) Scope { return Scope{KindTask, id} }

// String is "total" or "kind:name".
func (s Scope) String() string {
	if s.Name == "" {
		return string(s.Kind)
	}
	return string(s.Kind) + ":" + s.Name
}

// parseScope reads what [Scope.String] writes. A kind without a name ("task") stands for every scope of
// that kind that has no limit of its own; see [Limits].
func parseScope(text string) (Scope, error) {
	kind, name, _ := strings.Cut(text, ":")
	s := Scope{Kind(kind), name}
	if s.Kind.index() < 0 || (s.Kind == KindTotal && text != "total") {
		return Scope{}, fmt.Errorf("%q is not a scope (total, model:NAME, label:NAME, run:ID, worker:NAME or task:ID)", text)
	}
	return s, nil
}

// MarshalText makes a scope a JSON string.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a scope from a JSON string.
func (s *Scope) UnmarshalText(text []byte) (err error) {
	*s, err = parseScope(string(text))
	return err
}

// scopeSet is what a context carries: at most one scope of a kind, and several labels. Manager and model are constant for
// almost every call of a task, so the set remembers the accounts they were last resolved to: a task's
// second call looks nothing up.
type scopeSet struct {
	names    [len(kinds)]string
	present  [len(kinds)]bool
	labels   []string // all of that kind, each once
	invalid  error    // a name that no ledger could keep, or none
	resolved atomic.Pointer[resolution]
}

type scopesKey struct{}

// WithScopes returns a context whose attempts are charged to these scopes as well as to those that ctx
// already carries. A scope replaces an earlier one of its kind; labels come beside earlier ones, so that none of their
// limits is escaped, each once and at most [MaxLabels]. Only the context crosses a foreign SDK, so
// this is how a task's name reaches the budget. Total and model scopes are implied and must not be given.
//
// A name that is empty or not UTF-8, or a label too many, makes every reservation under the context fail: names come from
// files, and a call without its name would escape its limit. WithScopes panics if a scope is of an implied or unknown
// kind: a caller's bug.
func WithScopes(ctx context.Context, scopes ...Scope) context.Context {
	set := &scopeSet{}
	if outer, ok := ctx.Value(scopesKey{}).(*scopeSet); ok {
		set.names, set.present, set.invalid = outer.names, outer.present, outer.invalid
		set.labels = slices.Clip(outer.labels) // which are the outer context's
	}
	for _, s := range scopes {
		i := s.Kind.index()
		if i < 0 || s.Kind.implied() {
			panic(fmt.Sprintf("budget: WithScopes: %q cannot be put into a context", s))
		}
		set.names[i], set.present[i] = s.Name, true
		if s.Kind == KindLabel && !slices.Contains(set.labels, s.Name) {
			set.labels = append(set.labels, s.Name)
		}
		switch {
		case s.Name == "":
			set.invalid = fmt.Errorf("budget: a %s scope without a name", s.Kind)
		case !utf8.ValidString(s.Name):
			set.invalid = fmt.Errorf("budget: the name of scope %q is not UTF-8", s)
		case len(set.labels) > MaxLabels:
			set.invalid = fmt.Errorf("budget: more than %d labels, %q among them", MaxLabels, s.Name)
		}
	}
	return context.WithValue(ctx, scopesKey{}, set)
}

// ScopesFrom returns the scopes that [WithScopes] put into ctx, widest first.
func ScopesFrom(ctx context.Context) []Scope {
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	if set == nil {
		return nil
	}
	return set.scopes()
}

func (s *scopeSet) scopes() []Scope {
	var out []Scope
	for i, kind := range kinds {
		for _, name := range s.of(i) {
			out = append(out, Scope{kind, name})
		}
	}
	return out
}

// of returns the names of scopes of the i-th kind.
func (s *scopeSet) of(i int) []string {
	switch {
	case !s.present[i]:
		return nil
	case kinds[i] == KindLabel:
		return s.labels
	}
	return s.names[i : i+1]
}

func (s *scopeSet) name(k Kind) string { return s.names[k.index()] }
