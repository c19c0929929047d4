package project

import (
	"context"
	"errors"
	"sync"
)

// openDoor prepares the proxy beside the tasks of a run. No client may be called like one of them: a limit goes by the name.
func (o *owned) openDoor(ctx context.Context) (*proxy, error) {
	tasks := make(map[string]bool, len(o.tasks))
	for _, t := range o.tasks {
		tasks[t.ID] = true
	}
	options := *o.options.Serve
	options.Logger = o.log
	return o.openProxy(ctx, options, tasks)
}

// openTo lets clients in, if the run has a proxy, until shut is called, drain is closed or ctx ends. shut returns when the last
// call is booked.
func (b *begun) openTo(ctx context.Context, pace pace, drain <-chan struct{}) (shut func() error, err error) {
	x := b.proxy
	if x == nil {
		return func() error { return nil }, nil
	}
	opened, closing, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	tell := x.options.OnListen
	x.options.OnListen = func(l Listening) {
		if tell != nil {
			tell(l)
		}
		close(opened)
	}
	end := sync.OnceFunc(func() { close(closing) })
	go func() {
		select {
		case <-drain:
			end()
		case <-closing:
		}
	}()
	go func() { ended <- x.work(ctx, b.ledger, b.manager, pace, closing) }()
	select {
	case <-opened:
		return func() error { end(); return <-ended }, nil
	case err := <-ended: // before it let anybody in
		end()
		return nil, errors.Join(errors.New("the proxy could not begin"), err)
	}
}
