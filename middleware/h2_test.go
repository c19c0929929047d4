package middleware_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// The frames of HTTP/2 that h2Server writes and the codes in them (RFC 9113, sections 6 and 7).
const (
	h2Data     = 0
	h2Headers  = 1
	h2Reset    = 3
	h2Settings = 4
	h2Ping     = 6
	h2GoAway   = 7

	h2NoError       = 0
	h2ProtocolError = 1
	h2InternalError = 2
	h2Refused       = 7
	h2Cancel        = 8
)

// h2Server is an HTTP/2 server below net/http: it sees each request that was delivered, and can refuse it in
// every way that the protocol has.
type h2Server struct {
	mu         sync.Mutex
	deliveries int // streams whose headers arrived
}

// h2Conn is a connection to an h2Server.
type h2Conn struct{ net.Conn }

func (c h2Conn) frame(kind, flags byte, stream uint32, payload []byte) {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	head = binary.BigEndian.AppendUint32(append(head, flags), stream)
	_, _ = c.Write(append(head, payload...))
}

func (c h2Conn) reset(stream, code uint32) {
	c.frame(h2Reset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func (c h2Conn) goAway(last, code uint32) {
	c.frame(h2GoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// says answers a stream with status 200 and a body of JSON.
func (c h2Conn) says(stream uint32, body string) {
	const kind = "content-type"
	block := append([]byte{0x88, 0, byte(len(kind))}, kind...) // :status 200 by its index, a literal
	block = append(append(block, byte(len(asJSON))), asJSON...)
	c.frame(h2Headers, 4, stream, block)
	c.frame(h2Data, 1, stream, []byte(body))
}

// serveH2 starts a server without TLS that answers the nth delivery, from 1, by answer, and returns it with its
// address and a transport for it.
func serveH2(t *testing.T, answer func(c h2Conn, stream uint32, n int)) (*h2Server, string, *http.Transport) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := new(h2Server)
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.serve(h2Conn{conn}, answer) })
		}
	})
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(func() {
		listener.Close()
		transport.CloseIdleConnections()
		open.Wait()
	})
	return s, "http://" + listener.Addr().String(), transport
}

func (s *h2Server) serve(c h2Conn, answer func(c h2Conn, stream uint32, n int)) {
	defer c.Close()
	in := bufio.NewReader(c)
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(in, preface); err != nil {
		return
	}
	c.frame(h2Settings, 0, 0, nil)
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		length := int64(binary.BigEndian.Uint32(head) >> 8)
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		payload, err := io.ReadAll(io.LimitReader(in, length))
		if err != nil {
			return
		}
		switch {
		case kind == h2Headers:
			s.mu.Lock()
			s.deliveries++
			s.mu.Unlock()
		case kind == h2Settings && flags == 0:
			c.frame(h2Settings, 1, 0, nil)
		case kind == h2Ping && flags == 0:
			c.frame(h2Ping, 1, 0, payload)
		case kind == h2Data && flags&1 != 0:
			answer(c, stream, s.delivered())
		}
	}
}

func (s *h2Server) delivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deliveries
}
