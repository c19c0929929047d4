package project

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
	"github.com/orchestrate-go/orchestrate/orchestrator/alert"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// ServeOptions say how to serve. The zero value is as the configuration says.
type ServeOptions struct {
	Address string // "" is the configuration's; port 0 is any that is free

	// Interrupts returns how serving ends, as that of [RunOptions]: by closing drain no connection is taken any more and
	// calls may end, by the end of the context they are cut.
	Interrupts func(context.Context) (_ context.Context, drain <-chan struct{}, stop func())

	OnListen func(Listening)  // is told, once, where it listens; it may be nil
	Budget   func(Status) any // makes what GET /budget answers of what stands on a client's scopes; nil is a [Status] as it is

	// Metrics makes what GET /metrics answers, in Prometheus' text format; nil is nothing.
	Metrics func(context.Context) ([]byte, error)

	// OnRunning is called once the budget is open, before anybody is let in; what it returns is called when serving has ended. It may
	// be nil, and is not called beside a run, which has its own.
	OnRunning func(*Running) (ended func(), err error)

	Logger *slog.Logger // nil is [slog.Default]
}

// Listening is where a proxy is.
type Listening struct {
	URL    string            // without a slash at the end
	Bases  map[string]string // the base URL to give to a client, by provider
	Tokens bool              // clients have to show one
}

// longestAnswer is how long an answer of a foreign client may take, and half of how long its hold may be open.
const longestAnswer = 30 * time.Minute

// Serve passes the calls of clients in any language on to the providers, under the budget, until it is interrupted. It owns the
// books meanwhile. All calls belong to one run, [ServeRun], which every start goes on with.
func (p *Project) Serve(ctx context.Context, o ServeOptions) error {
	x, err := p.openProxy(ctx, o, nil)
	if err != nil {
		return err
	}
	defer x.listener.Close()
	ledger, err := sqlite.Open(ctx, p.LedgerPath(), sqlite.Options{})
	if errors.As(err, new(*sqlite.OwnedError)) {
		return usagef("%w (orchestrate run --serve has both in one process)", err)
	}
	if err != nil {
		return usage(err)
	}
	return errors.Join(x.serve(ctx, ledger), ledger.Close())
}

// proxy is a proxy with all that it takes but the books. It listens: what is asked meanwhile waits.
type proxy struct {
	*Project
	options     ServeOptions
	log         *slog.Logger
	backends    []backend
	grants      *grants
	certificate *tls.Certificate // nil is no TLS
	listener    net.Listener

	valve        valve
	metricsToken string // "" is none
}

// openProxy prepares a proxy beside the tasks with these ids.
func (p *Project) openProxy(ctx context.Context, o ServeOptions, tasks map[string]bool) (*proxy, error) {
	x := &proxy{Project: p, options: o, log: o.Logger}
	if x.log == nil {
		x.log = slog.Default()
	}
	if x.options.Address == "" {
		x.options.Address = p.Config.Serve.Address
	}
	if p.Sim {
		return nil, usagef("the simulator has no address that calls could be passed to: leave --sim out")
	}
	var err error
	if x.backends, err = p.openBackends(); err != nil {
		return nil, err
	}
	if x.grants, err = p.openGrants(tasks, x.log); err != nil {
		return nil, err
	}
	if x.certificate, err = p.certificate(); err != nil {
		return nil, err
	}
	if env := p.Config.Serve.MetricsTokenEnv; env != "" {
		if x.metricsToken = os.Getenv(env); x.metricsToken == "" {
			return nil, usagef("the environment variable %s, which should hold the token of /metrics, is not set", env)
		}
	}
	if err := x.guard(); err != nil {
		return nil, err
	}
	if x.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", x.options.Address); err != nil {
		return nil, usage(err)
	}
	return x, nil
}

// guard refuses an address that lets strangers spend, or listen.
func (x *proxy) guard() error {
	switch address := x.options.Address; {
	case config.LoopbackAddress(address):
		return nil
	case x.certificate == nil:
		return usagef("others could read keys and prompts on their way to %s: listen on 127.0.0.1, or give [serve] tls_cert and tls_key", address)
	case !x.grants.demanded():
		return usagef("whoever reaches %s could spend the budget: make a token first (orchestrate serve token new), or name [[serve.clients]]", address)
	}
	return nil
}

// certificate is that of the configuration, or nil.
func (p *Project) certificate() (*tls.Certificate, error) {
	s := p.Config.Serve
	if s.TLSCert == "" {
		return nil, nil
	}
	from := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(filepath.Dir(p.Path), path)
	}
	pair, err := tls.LoadX509KeyPair(from(s.TLSCert), from(s.TLSKey))
	if err != nil {
		return nil, usagef("%s: [serve] tls_cert and tls_key: %w", p.Path, err)
	}
	return &pair, nil
}

// serve serves on books that it owns, in a run of their own.
func (x *proxy) serve(ctx context.Context, ledger *sqlite.Ledger) error {
	if err := ledger.SetOwner(ServeRun); err != nil {
		return err
	}
	c := x.BudgetConfig(nil, x.log)
	tally := tally(ledger)
	c.Ledger, c.Run = tally, ServeRun
	x.limit(&c)
	spent, err := x.ownPeriod(ctx, ledger, ServeRun, &c)
	if err != nil {
		return err
	}
	alerts, err := x.openAlerts(ServeRun, x.log)
	if err != nil {
		return err
	}
	if alerts != nil {
		c.OnWarning = alerts.threshold
		defer alerts.servedTo()
	}
	m, err := budget.Open(ctx, c)
	if err != nil {
		return err
	}
	ctx, drain, stop := ctx, (<-chan struct{})(nil), func() {}
	if x.options.Interrupts != nil {
		ctx, drain, stop = x.options.Interrupts(ctx)
	}
	defer stop()
	r := &Running{
		Project: x.Project, Run: ServeRun, Started: time.Now(), ledger: ledger, tally: tally, manager: m, spent: spent, now: x.Config,
		valve: &x.valve, onHold: x.onHold(alerts),
	}
	ended, err := tell(r, x.options.OnRunning)
	if err != nil {
		return err
	}
	defer ended()
	pace := pace{x.Gates(), x.rates()}
	defer alerts.watch(ctx, m, pace.gates)()
	return x.work(ctx, ledger, m, pace, drain)
}

// onHold tells that no calls are taken, and that they are again.
func (x *proxy) onHold(alerts *alerts) func(shut bool, why string) {
	return func(shut bool, why string) {
		if !shut {
			x.log.Info("proxy continued", slog.String("reason", why))
			return
		}
		x.log.Info("proxy suspended", slog.String("reason", why))
		if alerts != nil {
			alerts.send(alert.Paused, "", 0, "paused by "+why)
		}
	}
}

// limit puts the clients' limits into a manager's configuration, and lets holds be open for as long as answers may take.
func (x *proxy) limit(c *budget.Config) {
	x.grants.mu.Lock()
	maps.Copy(c.Limits, x.grants.limits)
	x.grants.mu.Unlock()
	c.HoldTimeout = max(c.HoldTimeout, 2*longestAnswer)
}

// work serves under m, and notes in the books that the run goes on and that it has ended.
func (x *proxy) work(ctx context.Context, ledger *sqlite.Ledger, m *budget.Manager, pace pace, drain <-chan struct{}) error {
	x.grants.govern(m)
	s := x.Config.Serve
	handler, err := serve.New(serve.Config{
		Backends: x.doors(x.backends, m, pace, longestAnswer, x.log),
		Open:     x.grants.open, Local: !x.grants.demanded(),
		Budget:    func(ctx context.Context, _ serve.Grant) (any, error) { return x.standing(ctx, m), nil },
		Remaining: func(ctx context.Context) budget.Limit { return m.Remaining(ctx, "") },
		Paused:    func() bool { shut, _ := x.valve.state(); return shut },
		Metrics:   x.metrics(), MetricsToken: x.metricsToken,
		MaxBody: s.MaxBody, MaxInFlight: s.MaxInFlight, ReadTimeout: s.ReadTimeout, WriteTimeout: s.WriteTimeout, Logger: x.log,
	})
	if err != nil {
		return usage(err)
	}
	run := books.Run{ID: ServeRun, Started: time.Now().UTC(), Status: "running"}
	if err := ledger.BeginRun(ctx, run); err != nil {
		return err
	}
	if x.options.OnListen != nil {
		x.options.OnListen(x.where())
	}
	server := serve.Server{Handler: handler, Certificate: x.certificate, Logger: x.log}
	err = server.Run(ctx, x.listener, drain)
	return errors.Join(err, ledger.EndRun(context.WithoutCancel(ctx), ServeRun, time.Now().UTC(), "ended"))
}

// metrics are what is asked for, until there is a token and none for them.
func (x *proxy) metrics() func(context.Context) ([]byte, error) {
	if x.options.Metrics == nil {
		return nil
	}
	return func(ctx context.Context) ([]byte, error) {
		if x.metricsToken == "" && x.grants.demanded() {
			return nil, errors.New("there is no [serve] metrics_token_env")
		}
		return x.options.Metrics(ctx)
	}
}

func (x *proxy) where() Listening {
	scheme := "http"
	if x.certificate != nil {
		scheme = "https"
	}
	l := Listening{URL: fmt.Sprintf("%s://%s", scheme, x.listener.Addr()), Bases: make(map[string]string), Tokens: x.grants.demanded()}
	for _, b := range x.backends {
		l.Bases[b.Name] = b.clientURL(l.URL)
	}
	return l
}

// standing is what stands on the scopes of a client's calls: with tokens on its own alone, which no other client shares
// unless it was told to.
func (x *proxy) standing(ctx context.Context, m *budget.Manager) any {
	s := Status{Standing: books.Standing{
		Standing: budget.Standing{Mode: m.Mode(), Period: m.Period(), Scopes: m.StatusOf(ctx, "")}, Run: ServeRun,
	}}
	if x.grants.demanded() {
		s.Scopes = slices.DeleteFunc(s.Scopes, func(one budget.Status) bool {
			return one.Scope == budget.Total || one.Scope.Kind == budget.KindRun || one.Scope == budget.Worker(serveWorker)
		})
	}
	if x.options.Budget == nil {
		return s
	}
	return x.options.Budget(s)
}
