// Package hostile tests the whole way of a call, from a client to the books, against providers that fail, lie and attack.
//
// Each case is an answer of a server on the loopback, generated as class x status x plain or stream x format, and is
// played to the client of package provider and to a foreign client at the door, with retries, with gates and
// without. The server keeps a till: what it charges for each delivery, whatever it says of it. After each case the books
// are held against the till, and nothing secret may have come out.
package hostile

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

var (
	all     = flag.Bool("hostile.all", false, "play each case over every way and chain, not over one chain in turn")
	workers = flag.Int("hostile.workers", 64, "how many cases are played at once")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// longest is how long a case may take. It is no measure of speed, but says that something hangs.
const longest = 3 * time.Minute

// scenario is what a server does with a call, and what that must come to in the books.
type scenario struct {
	name     string
	tongue   *tongue
	stream   bool
	ask      ask
	replies  []reply // to the first delivery, the second, ...; the last one to all that follow
	http2    bool
	keep     bool          // connections are kept between calls
	patience time.Duration // of the caller, if it has an end
	cut      bool          // it goes on past its cap, and its reader is told so
}

// ask is what a call asks for beside its prompt. The zero value is a prompt with a cap of 50.
type ask struct {
	model   string
	choices int
	tier    string // service tier, in the body at the door and the account's own for the client
}

// reply is what a server does with one delivery.
type reply struct {
	play play
	bill bill
}

// bill is what the server charges for a delivery, and how plainly it says so.
type bill struct {
	in, out int64 // tokens
	cost    int64 // nano-USD; 0 is what the listed price makes of the tokens, at the scenario's tier
	word    word
}

type word int

const (
	doubtful  word = iota // the books charge no less, and not beyond all reason
	plain                 // the books charge that, exactly
	costless              // providers do not bill such an answer: the books release it
	absurd                // what it says cannot be: the books charge the hold at least
	unbounded             // possible and more than the hold: the books charge no less
)

// way is how a call gets to the server.
type way struct {
	name string
	call func(ctx context.Context, s *scene) error
}

var ways = []way{{"provider", callProvider}, {"door", callDoor}}

// playAll plays each scenario over both ways, on one set of books, and audits these in the end.
func playAll(t *testing.T, scenarios []scenario) { playIn(t, budget.Strict, *workers, scenarios) }

func playIn(t *testing.T, mode budget.Mode, workers int, scenarios []scenario) {
	books := openBooks(t, mode)
	server := newServer(t)
	work := make(chan *scene)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for s := range work {
				s.run()
			}
		})
	}
	n := 0
	for i, sc := range scenarios {
		for _, way := range ways {
			for j := range chains {
				if *all || j == i%len(chains) {
					n++
					work <- &scene{t: t, scenario: sc, way: way, chain: chains[j], books: books, server: server, id: fmt.Sprintf("c%d", n)}
				}
			}
		}
	}
	close(work)
	group.Wait()
	books.verify()
	t.Logf("%d calls", n)
}

// each yields a scenario for each format, plain and streamed.
func each(f func(g *tongue, stream bool) []scenario) (list []scenario) {
	for _, g := range tongues {
		for _, stream := range []bool{false, true} {
			for _, s := range f(g, stream) {
				s.tongue, s.stream = g, stream
				s.name = fmt.Sprintf("%s, %s, %s", s.name, g.format.Name(), map[bool]string{false: "plain", true: "stream"}[stream])
				list = append(list, s)
			}
		}
	}
	return list
}

// once is a scenario with one reply.
func once(name string, p play, b bill) scenario {
	return scenario{name: name, replies: []reply{{p, b}}}
}

// tongue is how a provider of a format speaks.
type tongue struct {
	format wire.Format
	model  string
	price  [2]int64 // nano-USD per token of input and output
	usage  func(in, out any) string
	body   func(said) string   // a plain answer
	events func(said) []string // a streamed one

	framing func(events ...string) string // of a stream; nil is that of server-sent events

	route func(stream bool) string // where the model is in the address; nil where it is in the body
}
