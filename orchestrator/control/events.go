package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// statusEvery is how often those who listen are told how things stand.
const statusEvery = 500 * time.Millisecond

// behind is how many events a listener may be behind; what comes beyond is counted, and lost.
const behind = 1024

// hub passes events on to who listens now.
type hub struct {
	mu        sync.Mutex
	listeners map[*listener]bool
}

type listener struct {
	events chan []byte
	lost   int // guarded by the hub's mu
}

// publish never waits: the run's loop calls it.
func (h *hub) publish(e orchestrator.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) == 0 {
		return
	}
	data := view.EventJSON(e)
	for l := range h.listeners {
		select {
		case l.events <- data:
		default:
			l.lost++
		}
	}
}

func (h *hub) listen() *listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &listener{events: make(chan []byte, behind)}
	if h.listeners == nil {
		h.listeners = make(map[*listener]bool)
	}
	h.listeners[l] = true
	return l
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

// missed is how many events l has lost since it was last asked.
func (h *hub) missed(l *listener) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	lost := l.lost
	l.lost = 0
	return lost
}

// events streams what happens until the run has ended, whose last event is "ended", or nobody reads any more. With only=status it
// is how the run stands, twice a second, and no event of it: a page that draws a status needs no more.
func (s *Server) events(w http.ResponseWriter, req *http.Request) {
	l := new(listener)
	if req.URL.Query().Get("only") != "status" {
		l = s.hub.listen()
		defer s.hub.leave(l)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	stream := stream{w: w, flush: http.NewResponseController(w)}
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for {
		m, err := s.observer.Moment(req.Context())
		if err != nil {
			stream.object("ended", failure{view.SchemaVersion, err.Error()})
			return
		}
		stream.object("status", m)
		if lost := s.hub.missed(l); lost > 0 {
			stream.object("lost", map[string]int{"schema_version": view.SchemaVersion, "events": lost})
		}
		for waiting := true; waiting && stream.err == nil; {
			select {
			case <-tick.C:
				waiting = false
			case data := <-l.events:
				stream.write("event", data)
				for more := true; more; { // what waits goes with it
					select {
					case data := <-l.events:
						stream.write("event", data)
					default:
						more = false
					}
				}
				stream.send()
			case <-req.Context().Done():
				return
			}
		}
		if stream.err != nil {
			return
		}
	}
}

// stream writes server-sent events. After an error it writes nothing.
type stream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	err   error
}

// object writes one and sends it.
func (s *stream) object(event string, object any) {
	data, err := json.Marshal(object)
	if err != nil {
		panic("control: " + err.Error()) // plain values
	}
	s.write(event, data)
	s.send()
}

func (s *stream) write(event string, data []byte) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data)
	}
}

// send lets what was written go.
func (s *stream) send() {
	if s.err == nil {
		s.err = s.flush.Flush()
	}
}
