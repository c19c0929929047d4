package budget

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orchestrate-go/orchestrate/budget/calendar"
)

// Mode says what a manager does with a call that its limits cannot pay for.
type Mode string

// OnFull says what Reserve does in strict mode while holds in flight could still return enough.
type OnFull string

// The choices of a [Config]. The first of each is what the zero value means.
const (
	Strict Mode = "strict" // refuses it, clamps it or lets it wait
	Soft   Mode = "soft"   // admits it, and marks it

	Wait   OnFull = "wait"
	Refuse OnFull = "refuse"
)

// Config configures a manager. The zero value is strict, unlimited, in memory.
type Config struct {
	Limits Limits
	Mode   Mode
	OnFull OnFull

	// Family names what models with that name are one: limits and accounts of models are those of their families, and
	// a model without a price of its own has its family's. Entries keep the name that was asked for. It is
	// called often and must give a name the same family always; nil makes every name its own.
	Family func(model string) string

	Prices       Prices
	PriceVersion string // which prices these are; kept in the books

	// Allowance is the input, in tokens, that strict mode holds for a call without a bound ([None]), on
	// top of what was counted. Zero refuses such calls.
	Allowance int64

	// Threshold is the percentage of a limit at which a warning is given, once per scope until the scope
	// is below it again. Zero gives none. Thresholds are more of them; of several that are reached at once the highest counts.
	Threshold  int
	Thresholds []int
	// OnWarning is called for each warning with what stands on the scope, outside any lock, after it was logged. It may be nil.
	OnWarning func(Status)
	// Logger logs warnings and recoveries; nil is slog.Default().
	Logger *slog.Logger

	// HoldTimeout is how long a hold may stay open. One that outlives it has leaked: it is settled as
	// assumed, at the hold, and logged. It must be longer than any attempt takes. Zero waits for ever.
	HoldTimeout time.Duration

	// Ledger keeps the books; nil keeps them in memory only. The manager is its only writer.
	Ledger Ledger
	// Run is a run whose earlier totals count: a run that is resumed. Empty for none.
	Run string
	// Beside are runs whose earlier totals count as well: others whose calls this manager grants.
	Beside []string
	// ReturnHolds returns holds that are open in the ledger whole: the user knows that nothing of them was billed. Else
	// they are settled at the hold, assumed, for the provider may have billed them.
	ReturnHolds bool
	// Calendar begins a new period by itself, on time, also while calls wait. Nil leaves it to
	// [Manager.Reset].
	Calendar *calendar.Periods
	// NewPeriod begins a new period on opening, whatever the ledger's newest is.
	NewPeriod bool
}

// Validate reports what no manager takes: an unknown mode, a negative or absurd limit, price or allowance, a
// threshold that is no percentage, two limits of one model family.
func (c *Config) Validate() error {
	switch {
	case c.Mode != "" && c.Mode != Strict && c.Mode != Soft:
		return fmt.Errorf("budget: unknown mode %q", c.Mode)
	case c.OnFull != "" && c.OnFull != Wait && c.OnFull != Refuse:
		return fmt.Errorf("budget: unknown on_full %q", c.OnFull)
	case c.Allowance < 0 || c.Allowance > MaxAttemptTokens-MaxOutput:
		return fmt.Errorf("budget: an allowance of %d tokens (at least 0, at most %d)", c.Allowance, MaxAttemptTokens-MaxOutput)
	case c.Threshold < 0 || c.Threshold > 100:
		return fmt.Errorf("budget: a warning threshold of %d%%", c.Threshold)
	case len(c.Thresholds) > 0 && (slices.Min(c.Thresholds) < 1 || slices.Max(c.Thresholds) > 100):
		return fmt.Errorf("budget: warning thresholds of %d%%", c.Thresholds)
	case c.HoldTimeout < 0:
		return fmt.Errorf("budget: a hold timeout of %v", c.HoldTimeout)
	}
	for model, price := range c.Prices {
		if err := price.validate(); err != nil {
			return fmt.Errorf("budget: price of model %q: %w", model, err)
		}
	}
	_, err := c.foldLimits()
	return err
}

// Manager decides who may spend, and keeps the counters. All methods may be called from many goroutines
// at once. One mutex guards it all: holding every scope of an attempt together is what makes a grant
// atomic, and a mutex measures faster than a lock, a semaphore or an atomic per scope.
type Manager struct {
	cfg Config
	log *slog.Logger

	mu       sync.Mutex
	period   Period
	limits   Limits
	narrowed map[Account]Limit // see Narrow
	required [len(kinds)]bool  // every call must name a scope of this kind
	accounts map[Account]*account
	changes  atomic.Int64         // see Changes
	wide     map[Account]*account // of accounts, those that are no task's
	waiters  []*waiter            // in order of arrival
	scan     uint64               // numbers the passes over the waiters; see account.blocked
	free     []*hold              // ended holds, to be used again
	journal  journal
	open     openHolds
	tiers    map[string]Tier // by family: the dearest that answers named to calls that named none
	alarm    *time.Timer     // wakes waiters when the period ends
	adjusted time.Time       // of the newest correction
	stopped  error           // the write failure that ended admission

	changing chan struct{} // full while a period begins or a limit changes
}

// New returns a manager that keeps its books in memory. It panics if cfg has a ledger (opening that can fail, see
// [Open]) or is not valid ([Config.Validate]).
func New(cfg Config) *Manager {
	if cfg.Ledger != nil {
		panic("budget: New with a ledger; use Open")
	}
	if err := cfg.Validate(); err != nil {
		panic(err.Error())
	}
	m := newManager(cfg)
	m.period = m.newPeriod(1, time.Now().UTC())
	return m
}

// Open returns a manager that goes on from the books in cfg.Ledger: the newest period's totals, those of
// cfg.Run, and open holds settled or returned ([Config].ReturnHolds). The ledger stays the caller's to close, after the last
// reservation has ended.
func Open(ctx context.Context, cfg Config) (*Manager, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Ledger == nil {
		return New(cfg), nil
	}
	m := newManager(cfg)
	runs := cfg.Beside
	if cfg.Run != "" {
		runs = append(slices.Clone(runs), cfg.Run)
	}
	state, err := cfg.Ledger.Load(ctx, runs...)
	if err != nil {
		return nil, fmt.Errorf("budget: load the ledger: %w", err)
	}
	m.load(state)
	if err := m.recover(ctx, state.Open); err != nil {
		return nil, fmt.Errorf("budget: resolve the open holds of an earlier owner: %w", err)
	}
	if state.Period.ID == 0 || cfg.NewPeriod {
		err = m.Reset(ctx)
	} else {
		err = m.turn(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("budget: begin a period: %w", err)
	}
	if err := m.bookLowered(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func newManager(cfg Config) *Manager {
	m := &Manager{
		cfg: cfg, log: cfg.Logger, scan: 1, changing: make(chan struct{}, 1),
		accounts: make(map[Account]*account), wide: make(map[Account]*account), journal: journal{ledger: cfg.Ledger, ids: make(map[string]struct{})}, tiers: make(map[string]Tier), narrowed: make(map[Account]Limit),
	}
	if cfg.Threshold > 0 {
		m.cfg.Thresholds = append([]int{cfg.Threshold}, cfg.Thresholds...)
	}
	if m.log == nil {
		m.log = slog.Default()
	}
	m.limits, _ = cfg.foldLimits() // valid
	m.requireKinds()
	return m
}

func (m *Manager) requireKinds() {
	for i, k := range kinds {
		m.required[i] = !k.implied() && m.limits.mandatory(k)
	}
}

// load takes over what a ledger knows.
func (m *Manager) load(state State) {
	m.period = m.newPeriod(state.Period.ID, state.Period.Start)
	for key, counters := range state.Totals {
		a := m.account(m.folded(key))
		a.Counters = a.plus(counters)
		a.warned = m.threshold(a)
		a.uncountable = a.uncountable || !a.sound() || !counters.sound()
	}
	m.stopped = m.uncounted()
}

// uncounted is what ends admission where a sum of the books is one that no counter may come to: an older program let it
// wrap, or the books are a stranger's. A period that begins has other sums.
func (m *Manager) uncounted() error {
	for key, a := range m.accounts {
		if !a.uncountable || key.Period != 0 && key.Period != m.period.ID {
			continue
		}
		remedy := "begin a new period"
		if key.Period == 0 {
			remedy = "begin another run"
		}
		return fmt.Errorf("%w: %w: what the books have of %v (%s)", ErrStopped, ErrUncountable, key.Scope, remedy)
	}
	return nil
}

// account returns the account of key, made if need be. The caller holds m.mu, or is alone.
func (m *Manager) account(key Account) *account {
	a, ok := m.accounts[key]
	if !ok {
		a = &account{key: key}
		a.setLimit(m.limitOf(key))
		m.accounts[key] = a
		if key.Scope.Kind != KindTask {
			m.wide[key] = a
		}
	}
	return a
}

// Period returns the current period.
func (m *Manager) Period() Period {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.period
}

// Err returns the write failure that stopped admission, or nil.
func (m *Manager) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stopped
}

// stop ends admission: what cannot be booked must not be spent. Waiters are refused. The caller holds m.mu.
func (m *Manager) stop(cause error) {
	if m.stopped == nil || errors.Is(m.stopped, ErrUncountable) { // which a reset may end
		m.stopped = fmt.Errorf("%w: %w", ErrStopped, cause)
	}
	for _, w := range m.waiters {
		w.refuse(m.stopped)
	}
	m.waiters = nil
}
