package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// whole reads a plain answer to its end before the client sees any of it: one that breaks off is a failure that says so,
// and that no client pays for twice by trying again. Everything else is passed on as it comes.
func whole(resp *http.Response, held *flight) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/json" || resp.Header.Get("Content-Encoding") != "" || resp.Request.Method == http.MethodHead {
		return nil
	}
	body := resp.Body
	var read bytes.Buffer
	_, err := io.CopyN(&read, body, 1)
	for err == nil && isSpace(read.Bytes()[read.Len()-1]) && read.Len() < 64 {
		_, err = io.CopyN(&read, body, 1)
	}
	if read.Len() == 0 || read.Bytes()[read.Len()-1] != '{' { // a list may be a stream, and some call events JSON
		resp.Body = &rejoined{io.MultiReader(&read, body), body}
		return nil
	}
	if err == nil {
		_, err = io.Copy(&read, io.LimitReader(body, maxBody))
	}
	held.add(read.Len())
	good := resp.StatusCode >= 200 && resp.StatusCode <= 299
	cut := err != nil || resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && !resp.Uncompressed && !json.Valid(read.Bytes())
	if more := read.Len() > maxBody; more && err == nil {
		resp.Body = &rejoined{io.MultiReader(&read, body), body}
		return nil
	}
	if err := body.Close(); good && cut {
		return errors.Join(failf(wire.RefusedUnreachable, http.StatusBadGateway, "the provider's answer broke off; it is charged, and a repeat would be charged again"), err)
	}
	resp.Body, resp.ContentLength = io.NopCloser(&read), int64(read.Len())
	resp.Header.Del("Content-Length")
	return nil
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }

// rejoined is a body of which the beginning was read.
type rejoined struct {
	io.Reader
	io.Closer
}

// between are headers of what is between a provider and whoever has its key: cookies, and other ways to reach it, which
// lead past this server.
var between = []string{"Set-Cookie", "Location", "Content-Location", "Refresh", "Alt-Svc", "Strict-Transport-Security"}

// answerOf is what a client sees of the answer to r: status, headers and body, without secrets.
func answerOf(said *http.Response, r *http.Request, secrets []string) *http.Response {
	resp := *said
	resp.Request, resp.Trailer = r, nil // that of said is set at the end of the body, and reaches nobody
	for _, name := range between {
		resp.Header.Del(name)
	}
	hide(&resp, secrets)
	return &resp
}

// leastSecret is how long a key is that nobody writes by chance.
const leastSecret = 8

// hide takes a provider's key out of an answer, should the provider say it: out of its headers, and out of its body, where
// stars take its place.
func hide(resp *http.Response, secrets []string) {
	var keys [][]byte
	for _, s := range secrets {
		if isSecret(s) {
			keys = append(keys, []byte(s))
		}
	}
	if len(keys) == 0 {
		return
	}
	for name, values := range resp.Header {
		for _, key := range keys {
			if strings.Contains(strings.Join(values, "\n"), string(key)) {
				delete(resp.Header, name)
			}
		}
	}
	resp.Body = newMask(resp.Body, keys)
}

// mask is a body without keys. It keeps back what may be the beginning of one until more is there.
type mask struct {
	io.ReadCloser
	keys [][]byte
	buf  []byte
	kept int    // bytes at the end of out that may be the beginning of a key
	out  []byte // in buf: what may be read, and what is kept
	err  error
}

func newMask(body io.ReadCloser, keys [][]byte) *mask {
	longest := 0
	for _, key := range keys {
		longest = max(longest, len(key))
	}
	m := &mask{ReadCloser: body, keys: keys, buf: buffers.Get()}
	if len(m.buf) < 2*longest {
		m.buf = make([]byte, 2*longest)
	}
	return m
}

func (m *mask) Read(p []byte) (int, error) {
	for len(m.out) == m.kept && m.err == nil {
		kept := copy(m.buf, m.out)
		n, err := m.ReadCloser.Read(m.buf[kept:])
		m.out, m.kept, m.err = m.buf[:kept+n], 0, err
		for _, key := range m.keys {
			if bytes.Contains(m.out, key) {
				copy(m.out, bytes.ReplaceAll(m.out, key, bytes.Repeat([]byte{'*'}, len(key))))
			}
		}
		if err == nil {
			m.kept = m.beginning(m.out)
		}
	}
	ready := m.out[:len(m.out)-m.kept]
	if len(ready) == 0 {
		if m.buf != nil { // nothing is read into it any more
			buffers.Put(m.buf)
			m.buf = nil
		}
		return 0, m.err
	}
	n := copy(p, ready)
	m.out = m.out[n:]
	return n, nil
}

// beginning is how many of the last bytes of text may begin a key.
func (m *mask) beginning(text []byte) (longest int) {
	for _, key := range m.keys {
		for n := min(len(key)-1, len(text)); n > longest; n-- {
			if bytes.HasSuffix(text, key[:n]) {
				longest = n
			}
		}
	}
	return longest
}
