package hostile

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// The frames of HTTP/2 and the codes in them (RFC 9113, sections 6 and 7).
const (
	h2Data, h2Headers, h2Reset, h2Settings, h2Ping, h2GoAway = 0, 1, 3, 4, 6, 7

	h2NoError, h2ProtocolError, h2InternalError, h2RefusedStream, h2Cancel, h2EnhanceYourCalm = 0, 1, 2, 7, 8, 11
)

func (c *conn) frame(kind, flags byte, stream uint32, payload []byte) {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	head = binary.BigEndian.AppendUint32(append(head, flags), stream)
	_, _ = c.Write(append(head, payload...))
}

func (c *conn) resetStream(code uint32) {
	c.frame(h2Reset, 0, c.stream, binary.BigEndian.AppendUint32(nil, code))
}

func (c *conn) goAway(last, code uint32) {
	c.frame(h2GoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// begin sends a head with status 200, part a part of a body.
func (c *conn) begin(kind string) {
	const name = "content-type"
	block := append([]byte{0x88, 0, byte(len(name))}, name...) // :status 200 by its index, a literal
	c.frame(h2Headers, 4, c.stream, append(append(block, byte(len(kind))), kind...))
}

func (c *conn) part(text string, last bool) {
	const most = 16 << 10
	for len(text) > most {
		c.frame(h2Data, 0, c.stream, []byte(text[:most]))
		text = text[most:]
	}
	var flags byte
	if last {
		flags = 1
	}
	c.frame(h2Data, flags, c.stream, []byte(text))
}

// serve2 reads the requests of one HTTP/2 connection.
func (s *scene) serve2(c net.Conn) {
	in := bufio.NewReader(c)
	if _, err := io.ReadFull(in, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return
	}
	on := &conn{Conn: c}
	on.frame(h2Settings, 0, 0, nil)
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		payload, err := io.ReadAll(io.LimitReader(in, int64(binary.BigEndian.Uint32(head)>>8)))
		if err != nil {
			return
		}
		switch {
		case kind == h2Settings && flags == 0:
			on.frame(h2Settings, 1, 0, nil)
		case kind == h2Ping && flags == 0:
			on.frame(h2Ping, 1, 0, payload)
		case kind == h2Data && flags&1 != 0:
			on.stream = stream
			s.deliver()(on)
		}
		if on.gone {
			return
		}
	}
}

// A server that speaks HTTP/2 resets streams and goes away at every stage. What it did not process is no delivery
// that is paid for, and is made again on a hold of its own.
func TestHTTP2(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		paid := bill{in: promptTokens, out: 5}
		answer, kind := g.body(said{text: words(5), usage: g.usage(40, 7)}), asJSON
		if stream {
			answer, kind = g.frame(g.events(said{text: words(5), usage: g.usage(40, 7)})...), g.streams()
		}
		good := reply{func(c *conn) { c.begin(kind); c.part(answer, true) }, bill{in: 40, out: 7, word: plain}}
		refused := map[string]play{
			"REFUSED_STREAM":           func(c *conn) { c.resetStream(h2RefusedStream) },
			"GOAWAY before the stream": func(c *conn) { c.goAway(0, h2NoError); c.gone = true },
		}
		for name, p := range refused {
			no := reply{p, bill{word: costless}}
			list = append(list,
				scenario{name: name, replies: []reply{no}},
				scenario{name: name + ", then an answer", replies: []reply{no, good}},
				scenario{name: name + " twice, then an answer", replies: []reply{no, no, good}})
		}
		for _, code := range []uint32{h2NoError, h2ProtocolError, h2InternalError, h2Cancel, h2EnhanceYourCalm} {
			for name, sent := range map[string]int{"before the head": -1, "after the head": 0, "in the body": len(answer) / 2, "before the last byte": len(answer) - 1} {
				before := func(c *conn) {
					if sent >= 0 {
						c.begin(kind)
						c.part(answer[:sent], false)
					}
				}
				list = append(list,
					once("RST_STREAM "+name, func(c *conn) { before(c); c.resetStream(code) }, paid),
					once("GOAWAY "+name, func(c *conn) { before(c); c.goAway(c.stream, code); c.gone = true }, paid),
					once("RST "+name, func(c *conn) { before(c); c.reset() }, paid))
			}
		}
		for i := range list {
			list[i].http2 = true
		}
		return list
	}))
}
