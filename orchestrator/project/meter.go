package project

import (
	"context"
	"errors"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker/command"
)

// meter is what passes the endpoint of one child. Once the budget has refused a call it lets none pass.
type meter struct {
	ended chan struct{} // closed with the first refusal

	mu     sync.Mutex
	passed command.Passed
}

type meterKey struct{}

// noted counts how the calls of a child end. It goes before every other middleware.
func noted(next middleware.Client) middleware.Client {
	return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
		m := ctx.Value(meterKey{}).(*meter)
		if err := m.refusal(); err != nil {
			return nil, err
		}
		resp, err := next.Generate(ctx, r)
		m.note(err)
		return resp, err
	})
}

// passing stops a call for which the budget has a hold although it refused another meanwhile: nothing is sent. It goes
// after every other middleware.
func passing(next middleware.Client) middleware.Client {
	return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
		if err := ctx.Value(meterKey{}).(*meter).refusal(); err != nil {
			return nil, &wire.Error{Class: wire.Invalid, Err: err}
		}
		return next.Generate(ctx, r)
	})
}

// refusal is the budget's that ended the way, or nil.
func (m *meter) refusal() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.passed.Refused
}

// note takes in how a call ended.
func (m *meter) note(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil:
		m.passed.Calls, m.passed.Failed = m.passed.Calls+1, nil
	case errors.Is(err, budget.ErrRefused) && m.passed.Refused == nil:
		m.passed.Refused = err
		close(m.ended)
	case m.passed.Refused == nil:
		m.passed.Failed = err
	}
}

func (m *meter) sum() command.Passed {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.passed
}
