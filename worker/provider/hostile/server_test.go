package hostile

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// play writes one answer to a connection whose request was read. Where it returns the connection is closed, unless the
// scene keeps it.
type play func(c *conn)

// conn is a connection with one request on it.
type conn struct {
	net.Conn
	stream uint32 // HTTP/2's
	gone   bool   // it was reset
}

func (c *conn) say(text string) { _, _ = io.WriteString(c.Conn, text) }

// reset ends a connection with RST, as a process that died does.
func (c *conn) reset() {
	c.gone = true
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// server answers each scene in its own way; the first segment of the path says which it is.
type server struct {
	url  string // of HTTP/1.1; a scene over HTTP/2 has a listener of its own
	open sync.WaitGroup

	mu     sync.Mutex
	scenes map[string]*scene
	conns  map[net.Conn]bool
	closed bool
}

func newServer(t *testing.T) *server {
	s := &server{scenes: make(map[string]*scene), conns: make(map[net.Conn]bool)}
	url, hangUp, err := s.listen(s.serve)
	if err != nil {
		t.Fatal(err)
	}
	s.url = url
	t.Cleanup(func() {
		hangUp()
		s.hangUp()
		s.open.Wait()
	})
	return s
}

// listen serves connections at an address until they are hung up.
func (s *server) listen(serve func(net.Conn)) (url string, hangUp func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s.open.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.open.Go(func() {
				defer c.Close()
				if s.note(c, true) {
					serve(c)
					s.note(c, false)
				}
			})
		}
	})
	return "http://" + listener.Addr().String(), func() { listener.Close() }, nil
}

// note keeps the connections, so that those that are left can be ended.
func (s *server) note(c net.Conn, open bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open {
		s.conns[c] = true
	} else {
		delete(s.conns, c)
	}
	return !s.closed
}

func (s *server) hangUp() {
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
}

// admit makes a scene known, dismiss forgets it.
func (s *server) admit(sc *scene) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenes[sc.id] = sc
}

func (s *server) dismiss(sc *scene) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.scenes, sc.id)
}

// of is the scene that a path belongs to.
func (s *server) of(path string) *scene {
	id, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scenes[id]
}

func (s *server) serve(c net.Conn) {
	for in := bufio.NewReader(c); ; {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err = io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		sc := s.of(req.URL.Path)
		if sc == nil {
			return
		}
		on := &conn{Conn: c}
		sc.deliver()(on)
		if !sc.keep || on.gone {
			return
		}
	}
}
