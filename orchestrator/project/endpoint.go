package project

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/command"
)

// doorway is the way to one provider for the commands of one worker.
type doorway struct {
	kind    string // of the provider, and its name in addresses
	backend serve.Backend
	manager *budget.Manager
	log     *slog.Logger
}

// doorOf makes the way to a provider, through a chain under m. What is refused for money has refusalStatus, 0 for the
// format's own.
func (p *Project) doorOf(pc config.Provider, m *budget.Manager, chain middleware.Options, refusalStatus int) (*doorway, error) {
	service, err := formats.Of(string(pc.Kind))
	if err != nil {
		return nil, usagef("provider %s: %w", pc.Name, err)
	}
	base, err := url.Parse(cmp.Or(pc.BaseURL, service.Home))
	if err != nil {
		return nil, usagef("provider %s: its base_url is no address", pc.Name)
	}
	key := ""
	if pc.APIKeyEnv != "" {
		key = os.Getenv(pc.APIKeyEnv)
	}
	// The first notes how calls end, the last lets none pass that waited while another was refused.
	all := append([]middleware.Middleware{noted}, append(chain.Chain(m), passing)...)
	return &doorway{
		kind: string(pc.Kind), manager: m, log: chain.Logger,
		backend: serve.Backend{
			Base: base, Sign: serve.Headers(service.Header(key)),
			Door: middleware.NewTransport(middleware.TransportOptions{
				Base: serve.Upstream(pc.Timeout, longestAnswer), Chain: all, Answer: middleware.AnswerAll, RefusalStatus: refusalStatus,
			}),
		},
	}, nil
}

// capsOf are the output caps of a command's calls: what the task asks for, or its worker.
func capsOf(t worker.Task, w config.Worker) wire.Caps {
	most := cmp.Or(t.MaxOutput, w.MaxOutput)
	return wire.Caps{Default: most, Most: most, Least: cmp.Or(t.MinOutput, w.MinOutput)}
}

// open listens for the calls of one child. They are charged to the scopes in ctx, on its tab, and end with it.
func (d *doorway) open(ctx context.Context, caps wire.Caps) (*command.Endpoint, error) {
	token := rand.Text()
	handler, err := serve.New(serve.Config{
		Backends:  map[string]serve.Backend{d.kind: d.backend},
		Open:      func(shown string) (serve.Grant, error) { return serve.Grant{Name: "command"}, sameToken(shown, token) },
		Remaining: func(ctx context.Context) budget.Limit { return d.manager.Remaining(ctx, "") },
		Logger:    d.log,
	})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the command's calls: %w", err)
	}
	meter := &meter{ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(middleware.WithCaps(context.WithValue(ctx, meterKey{}, meter), caps))
	over := make(chan struct{})
	go func() {
		defer close(over)
		server := serve.Server{Handler: handler, Logger: d.log}
		_ = server.Run(ctx, listener, nil)
	}()
	return &command.Endpoint{
		BaseURL: "http://" + listener.Addr().String() + d.path(), Kind: d.kind, Token: token, Ended: meter.ended,
		Close: func() command.Passed {
			cancel()
			<-over
			return meter.sum()
		},
	}, nil
}

// path is where clients of the provider's format find it: OpenAI's have the version in their base URL, others add it.
func (d *doorway) path() string {
	if last := path.Base(d.backend.Base.Path); d.kind == string(config.KindOpenAI) && last != "." && last != "/" {
		return "/" + d.kind + "/" + last
	}
	return "/" + d.kind
}

var errToken = errors.New("another token")

func sameToken(shown, token string) error {
	if subtle.ConstantTimeCompare([]byte(shown), []byte(token)) == 1 {
		return nil
	}
	return errToken
}
