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

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/command"
)

// doorway is the way to one provider for the commands of one worker.
type doorway struct {
	backend
	door    serve.Backend
	manager *budget.Manager
	log     *slog.Logger
}

// doorOf makes the way to a provider, through a chain under m. What is refused for money has refusalStatus, 0 for the
// format's own.
func (p *Project) doorOf(pc config.Provider, m *budget.Manager, chain middleware.Options, refusalStatus int) (*doorway, error) {
	b, err := openBackend(pc)
	if err != nil {
		return nil, err
	}
	// The first notes how calls end, the last lets none pass that waited while another was refused.
	all := append([]middleware.Middleware{noted}, append(chain.Chain(m), passing)...)
	return &doorway{backend: b, door: b.door(all, longestAnswer, refusalStatus), manager: m, log: chain.Logger}, nil
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
		Backends:  map[string]serve.Backend{d.Name: d.door},
		Open:      func(shown string) (serve.Grant, error) { return serve.Grant{Name: "command"}, sameToken(shown, token) },
		Remaining: func(ctx context.Context) budget.Limit { return d.manager.Remaining(ctx, "") },
		Logger:    d.log,
	})
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
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
		BaseURL: d.clientURL("http://" + listener.Addr().String()), Kind: string(d.Kind), Token: token, Ended: meter.ended,
		Close: func() command.Passed {
			cancel()
			<-over
			return meter.sum()
		},
	}, nil
}

var errToken = errors.New("another token")

func sameToken(shown, token string) error {
	if subtle.ConstantTimeCompare([]byte(shown), []byte(token)) == 1 {
		return nil
	}
	return errToken
}
