package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/orchestrate-go/orchestrate/budget"
)

// The crowd: small calls come faster than they go, each hold ends after a few rounds, and a large call that
// needs nearly all of a model and of a worker must get it all the same.
const (
	crowdLimit = 1000 // tokens of each model and of each worker
	crowdLarge = 900
	crowdStay  = 3  // rounds that a small hold lasts at most
	crowdBound = 60 // rounds in which the large call must be granted
)

// RunCrowd plays seeds crowds.
func RunCrowd(t *testing.T, seeds uint64) {
	t.Helper()
	var longest int
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			c := newCrowd(seed)
			defer c.disperse()
			for round := range 10 + crowdBound {
				if round == 10 {
					c.large()
				}
				c.round()
				if c.granted {
					longest = max(longest, round-10)
					return
				}
			}
			t.Errorf("seed %d: the large call waits for more than %d rounds", seed, crowdBound)
		})
	}
	t.Logf("%d crowds: the large call waited for %d rounds at most", seeds, longest)
}

type crowd struct {
	rnd     *rand.Rand
	manager *budget.Manager
	ctx     context.Context
	leave   context.CancelFunc
	came    chan budget.Reservation // small holds, as they are granted
	present []guest
	granted bool
}

type guest struct {
	reservation budget.Reservation
	rounds      int // to stay
}

func newCrowd(seed uint64) *crowd {
	c := &crowd{rnd: rand.New(rand.NewPCG(seed, 2)), came: make(chan budget.Reservation, 1000)}
	c.ctx, c.leave = context.WithCancel(context.Background())
	c.manager = budget.New(budget.Config{Limits: budget.Limits{
		budget.Total:     budget.TokenLimit(1000 + c.rnd.Int64N(3000)),
		budget.Model(""): budget.TokenLimit(crowdLimit), budget.Worker(""): budget.TokenLimit(crowdLimit),
	}})
	return c
}

// round lets some go and others come.
func (c *crowd) round() {
	c.rnd.Shuffle(len(c.present), func(i, j int) { c.present[i], c.present[j] = c.present[j], c.present[i] })
	for i := range c.present {
		c.present[i].rounds--
	}
	for len(c.came) > 0 {
		c.present = append(c.present, guest{<-c.came, 1 + c.rnd.IntN(crowdStay)})
	}
	c.present = slices.DeleteFunc(c.present, func(g guest) bool {
		if g.rounds <= 0 {
			_ = g.reservation.Release(c.ctx, budget.NotSent)
		}
		return g.rounds <= 0
	})
	for range 10 + c.rnd.IntN(20) {
		c.come()
	}
	synctest.Wait()
}

// come is a small call, which waits or does not.
func (c *crowd) come() {
	ctx := budget.WithScopes(c.ctx, budget.Run("r"), budget.Worker(fmt.Sprint("w", c.rnd.IntN(3))))
	call := budget.Call{Model: fmt.Sprint("m", c.rnd.IntN(3)), Input: 20 + c.rnd.Int64N(80)}
	if c.rnd.IntN(4) > 0 {
		if r, err := c.manager.TryReserve(ctx, call); err == nil {
			c.came <- r
		}
		return
	}
	go func() {
		if r, err := c.manager.Reserve(ctx, call); err == nil {
			c.came <- r
		}
	}()
	synctest.Wait()
}

func (c *crowd) large() {
	ctx := budget.WithScopes(c.ctx, budget.Run("r"), budget.Worker("w0"))
	go func() {
		if _, err := c.manager.Reserve(ctx, budget.Call{Model: "m0", Input: crowdLarge}); err == nil {
			c.granted = true
		}
	}()
	synctest.Wait()
}

func (c *crowd) disperse() {
	c.leave()
	synctest.Wait()
}
