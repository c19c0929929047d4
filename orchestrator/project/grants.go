package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

// ServeRun is the run that all calls of the proxy's clients belong to, however often it is started: what a client may spend is
// not given back by a restart.
const ServeRun = "serve"

// serveWorker is the worker of clients that name none, and localClient the one client of a proxy without tokens.
const (
	serveWorker = "serve"
	localClient = "local"
)

// leastToken is how long a token of one's own has to be.
const leastToken = 16

// grant is what a client may do.
type grant struct {
	serve.Grant
	task    string
	revoked bool
}

func newGrant(name, label, task, worker string, expires time.Time) grant {
	if task == "" {
		task = name
	}
	if worker == "" {
		worker = serveWorker
	}
	scopes := []budget.Scope{budget.Run(ServeRun), budget.Worker(worker), budget.Task(task)}
	if label != "" {
		scopes = append(scopes, budget.Label(label))
	}
	return grant{Grant: serve.Grant{Name: name, Scopes: scopes, Expires: expires}, task: task}
}

// grants are the clients of a proxy, by the digests of their tokens. It is safe for concurrent use.
type grants struct {
	project *Project
	log     *slog.Logger
	own     map[string]grant // of the configuration
	taken   map[string]bool  // tasks that are somebody else's

	mu      sync.Mutex
	all     map[string]grant // the own, and those of the file
	demand  bool             // there was one, ever: from then on clients have to show a token
	limits  budget.Limits    // of the clients in all
	file    fs.FileInfo      // that all is of, nil if there is none
	broken  error            // the file cannot be read: nobody of it is let in
	manager *budget.Manager  // nil until limits are in force
}

// openGrants reads who may come in. taken are ids of tasks that no client may be called.
func (p *Project) openGrants(taken map[string]bool, log *slog.Logger) (*grants, error) {
	g := &grants{project: p, log: log, own: make(map[string]grant), taken: taken}
	for _, c := range p.Config.Serve.Clients {
		token := os.Getenv(c.TokenEnv)
		switch {
		case token == "":
			return nil, usagef("client %s: the environment variable %s, which should hold its token, is not set", c.Name, c.TokenEnv)
		case len(token) < leastToken:
			return nil, usagef("client %s: the token in %s is shorter than %d characters: somebody could guess it", c.Name, c.TokenEnv, leastToken)
		case taken[c.Name]:
			return nil, usagef("client %s is called like a task: they would share a limit", c.Name)
		}
		own := newGrant(c.Name, c.Label, "", c.Worker, c.Expires)
		own.Caps, own.RefusalStatus = c.Caps, c.RefusalStatus
		if own.RefusalStatus == 0 {
			own.RefusalStatus = p.Config.Serve.RefusalStatus
		}
		if _, twice := g.own[digestOf(token)]; twice {
			return nil, usagef("client %s: its token in %s is another client's as well", c.Name, c.TokenEnv)
		}
		g.own[digestOf(token)] = own
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.read(); err != nil {
		return nil, usage(err)
	}
	return g, nil
}

// read reads the file of tokens, if it is another one than before. The caller holds g.mu.
func (g *grants) read() error {
	info, err := os.Stat(g.project.TokensPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info = nil
	case err != nil:
		return err
	}
	if g.all != nil && (info == nil && g.file == nil || info != nil && g.file != nil && os.SameFile(info, g.file) && info.ModTime().Equal(g.file.ModTime())) {
		return g.broken
	}
	g.file = info
	list, err := g.project.Tokens()
	if g.broken = err; err != nil {
		return err
	}
	all := make(map[string]grant, len(g.own)+len(list))
	for _, t := range list {
		one := newGrant(t.Name, t.Label, t.Task, t.Worker, t.Expires)
		one.RefusalStatus = g.project.Config.Serve.RefusalStatus
		one.revoked = !t.Revoked.IsZero()
		if g.taken[one.task] {
			g.log.Warn("a token is charged to a task that is in this run, and refused meanwhile", "token", t.Name, "task", one.task)
			one.revoked = true
		}
		all[t.Digest] = one
	}
	for digest, one := range g.own {
		all[digest] = one
	}
	g.limits = g.project.clientLimits(list)
	g.all, g.demand = all, g.demand || len(all) > 0
	return nil
}

// demanded reports whether clients have to show a token, or nobody can tell.
func (g *grants) demanded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.read() != nil || g.demand
}

// clientLimits are the limits of the proxy's clients in [ServeRun]. Their tasks have none but their own, and the worker that they
// share is no worker of the project.
func (p *Project) clientLimits(tokens []Token) budget.Limits {
	limits := budget.Limits{budget.Task(localClient): {}}
	if _, configured := p.Config.Worker(serveWorker); !configured {
		limits[budget.Worker(serveWorker)] = budget.Limit{}
	}
	put := func(task string, limit budget.Limit) {
		if other, shared := limits[budget.Task(task)]; shared {
			limit = least(limit, other)
		}
		limits[budget.Task(task)] = limit
	}
	for _, c := range p.Config.Serve.Clients {
		put(c.Name, c.Limit)
	}
	for _, t := range tokens {
		put(cmp.Or(t.Task, t.Name), t.Limit)
	}
	return limits
}

func least(a, b budget.Limit) budget.Limit {
	if a.Tokens == nil || b.Tokens != nil && *b.Tokens < *a.Tokens {
		a.Tokens = b.Tokens
	}
	if a.Cost == nil || b.Cost != nil && *b.Cost < *a.Cost {
		a.Cost = b.Cost
	}
	return a
}

// govern puts limits that change from now on in force in m.
func (g *grants) govern(m *budget.Manager) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.manager = m
}

// open is what a token opens; see [serve.Config].
func (g *grants) open(token string) (serve.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refresh(); err != nil {
		return serve.Grant{}, err
	}
	if !g.demand {
		local := newGrant(localClient, "", "", "", time.Time{})
		local.RefusalStatus = g.project.Config.Serve.RefusalStatus
		return local.Grant, nil
	}
	one, known := g.all[digestOf(token)]
	switch {
	case !known || token == "":
		return serve.Grant{}, errors.New("no such token")
	case one.revoked:
		return serve.Grant{}, fmt.Errorf("token %s is revoked", one.Name)
	}
	return one.Grant, nil
}

// refresh reads the file again and puts new limits in force. The caller holds g.mu.
func (g *grants) refresh() error {
	before, had, file := g.all, g.limits, g.file
	if err := g.read(); err != nil {
		g.log.Error("the tokens cannot be read: nobody is let in", "err", err)
		return err
	}
	if g.manager == nil || g.file == file { // the same one: every request comes by here
		return nil
	}
	for scope, limit := range g.limits {
		if old, known := had[scope]; known && same(old, limit) {
			continue
		}
		if err := g.manager.SetLimit(context.Background(), scope, limit); err != nil {
			g.all, g.limits, g.file = before, had, nil // to be tried again
			return err
		}
	}
	return nil
}

func same(a, b budget.Limit) bool {
	eq := func(x, y *int64) bool { return x == y || x != nil && y != nil && *x == *y }
	return eq(a.Tokens, b.Tokens) && eq((*int64)(a.Cost), (*int64)(b.Cost))
}
