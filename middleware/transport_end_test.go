package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// hangs sends pieces and then nothing until the client leaves.
func hangs(kind string, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		says(kind, pieces...)(w, r)
		<-r.Context().Done()
	}
}

// Every way to stop early books the call, and nothing keeps running.
func TestAReaderMayStopAnywhere(t *testing.T) {
	type stop func(t *testing.T, resp *http.Response, cancel func())
	readSome := func(t *testing.T, resp *http.Response) {
		t.Helper()
		if _, err := io.ReadFull(resp.Body, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
	}
	stops := map[string]stop{
		"close at once":      func(_ *testing.T, resp *http.Response, _ func()) { resp.Body.Close() },
		"close after some":   func(t *testing.T, resp *http.Response, _ func()) { readSome(t, resp); resp.Body.Close() },
		"cancel, never read": func(_ *testing.T, _ *http.Response, cancel func()) { cancel() },
		"cancel after some":  func(t *testing.T, resp *http.Response, cancel func()) { readSome(t, resp); cancel() },
		"cancel in a read": func(t *testing.T, resp *http.Response, cancel func()) {
			readSome(t, resp)
			go cancel()
			if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, context.Canceled) {
				t.Errorf("the reader gets %v", err)
			}
		},
		"close in a read": func(t *testing.T, resp *http.Response, _ func()) {
			readSome(t, resp)
			go resp.Body.Close()
			_, _ = io.Copy(io.Discard, resp.Body)
		},
		"close twice, cancel": func(_ *testing.T, resp *http.Response, cancel func()) {
			resp.Body.Close()
			cancel()
			resp.Body.Close()
		},
	}
	for name, stop := range stops {
		for kind, pieces := range map[string][]string{asJSON: {answer[:20]}, asEvent: {first}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				booked := make(chan error, 1)
				note := func(next middleware.Client) middleware.Client {
					return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
						resp, err := next.Generate(ctx, r)
						booked <- err
						return resp, err
					})
				}
				url := serve(t, hangs(kind, pieces...))
				body := ask
				if kind == asEvent {
					body = strings.Replace(askStream, `"stream":true`, `"stream":true,"stream_options":{"include_usage":true}`, 1)
				}
				resp, err := post(t, ctx, through(t, note), url+"/chat/completions", body)
				if err != nil {
					t.Fatal(err)
				}
				stop(t, resp, cancel)
				e := wire.AsError(<-booked)
				if e == nil || e.Class != wire.Lost || !e.Sent || !e.Started || e.Unbilled() || e.Answer != nil && e.Answer.Usage != nil {
					t.Errorf("booked %+v", e)
				}
			})
		}
	}
}

func TestAWholeAnswerCountsHoweverItsReaderStops(t *testing.T) {
	for kind, sent := range map[string]string{asJSON: answer, asEvent: first + last + usageEvent} {
		var p probe
		url := serve(t, hangs(kind, sent))
		body := map[string]string{asJSON: ask, asEvent: askStream}[kind]
		resp, err := post(t, t.Context(), through(t, p.middleware), url+"/chat/completions", body)
		if err != nil {
			t.Fatal(err)
		}
		want := len(strings.TrimSuffix(sent, usageEvent))
		if _, err := io.ReadFull(resp.Body, make([]byte, want)); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if seen, failed := p.only(t); failed != nil || seen.Usage.Tokens() != 11 {
			t.Errorf("%s: booked %+v, error %v", kind, seen, failed)
		}
	}
}

func TestACutAnswerIsCutForTheClientToo(t *testing.T) {
	for kind, sent := range map[string]string{asJSON: answer[:40], asEvent: first + "data: {\"cho"} {
		var p probe
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			says(kind, sent)(w, r)
			panic(http.ErrAbortHandler)
		})
		body := map[string]string{asJSON: ask, asEvent: askStream}[kind]
		resp, err := post(t, t.Context(), through(t, p.middleware), url+"/chat/completions", body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(got) != sent || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: read %q, error %v", kind, got, err)
		}
		if _, failed := p.only(t); failed == nil || failed.Class != wire.Lost || !failed.Started {
			t.Errorf("%s: booked %+v", kind, failed)
		}
	}
}

func TestAnErrorInsideAStreamIsBookedAndPassedOn(t *testing.T) {
	const event = "data: {\"error\":{\"message\":\"overloaded: Hello\",\"code\":\"server_error\"}}\n\n"
	for name, tt := range map[string]struct {
		sent  string
		class wire.Class
	}{
		"error event":   {first + event, wire.Server},
		"garbage":       {first + "data: {oops\n\n", wire.Garbled},
		"endless event": {first + "data: " + strings.Repeat("x", 9<<20) + "\n\n" + last, wire.Garbled},
	} {
		var p probe
		url := serve(t, says(asEvent, tt.sent))
		resp, err := post(t, t.Context(), through(t, p.middleware), url+"/chat/completions", askStream)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(got) != tt.sent {
			t.Errorf("%s: read %d bytes of %d, error %v", name, len(got), len(tt.sent), err)
		}
		if _, failed := p.only(t); failed == nil || failed.Class != tt.class || failed.Unbilled() {
			t.Errorf("%s: booked %+v", name, failed)
		}
	}
}

func TestACutErrorAnswerIsStillTheProvidersLastWord(t *testing.T) {
	var p probe
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(503)
		_, _ = io.WriteString(w, `{"error":`)
	})
	resp, err := post(t, t.Context(), through(t, p.middleware), url+"/chat/completions", ask)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 503 || string(got) != `{"error":` || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("status %d, read %q, error %v", resp.StatusCode, got, err)
	}
	if _, failed := p.only(t); failed.Class != wire.Server || !failed.Unbilled() {
		t.Errorf("booked %+v", failed)
	}
}

func TestABodyThatCannotBeReadIsNotSent(t *testing.T) {
	broken := errors.New("broken")
	for name, body := range map[string]io.Reader{
		"fails":     io.MultiReader(strings.NewReader(ask[:9]), iotest.ErrReader(broken)),
		"too large": io.LimitReader(neverEnding('x'), 33<<20),
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1:1/messages", body)
		if err != nil {
			t.Fatal(err)
		}
		_, err = through(t).Transport.RoundTrip(req)
		if err == nil || (name == "fails") != errors.Is(err, broken) || wire.AsError(err).Class == wire.Unreachable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// A middleware that bounds each attempt ends its context when Generate returns. The client must still be
// able to read what comes after the last event.
func TestAContextThatEndsWithTheCallDoesNotCutTheBody(t *testing.T) {
	bounded := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			return next.Generate(ctx, r)
		})
	}
	booked, goOn := make(chan bool), make(chan bool)
	outer := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
			defer close(booked)
			return next.Generate(ctx, r)
		})
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		says(asEvent, first, last, usageEvent, done)(w, r)
		<-goOn
		says(asEvent, ": bye\n\n")(w, r)
	})
	resp, err := post(t, t.Context(), through(t, outer, bounded), url+"/chat/completions", askStream)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, len(first+last+done))); err != nil {
		t.Fatal(err)
	}
	<-booked
	close(goOn)
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != ": bye\n\n" {
		t.Errorf("the rest is %q, error %v", rest, err)
	}
}

func TestAMiddlewaresDeadlineEndsTheCall(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("out of patience")
	limit := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(outer context.Context, r *middleware.Request) (*middleware.Response, error) {
			inner, stop := context.WithCancelCause(outer)
			defer stop(nil)
			defer context.AfterFunc(ctx, func() { stop(context.Cause(ctx)) })()
			return next.Generate(inner, r)
		})
	}
	var p probe
	url := serve(t, hangs(asEvent, first))
	resp, err := post(t, t.Context(), through(t, p.middleware, limit), url+"/chat/completions", askStream)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel(why)
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the client read on")
	}
	if _, failed := p.only(t); failed == nil || failed.Class != wire.Lost || !errors.Is(failed, why) {
		t.Errorf("booked %+v", failed)
	}
}

// A program may exit when its reader is done: by then the call must be in the books.
func TestTheEndOfABodyWaitsForTheBooks(t *testing.T) {
	for name, finish := range map[string]func(io.ReadCloser){
		"read":  func(body io.ReadCloser) { _, _ = io.ReadAll(body) },
		"close": func(body io.ReadCloser) { body.Close() },
	} {
		synctest.Test(t, func(t *testing.T) {
			settle := make(chan bool)
			slow := func(next middleware.Client) middleware.Client {
				return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
					defer func() { <-settle }()
					return next.Generate(ctx, r)
				})
			}
			door := middleware.Transport(roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(answer))}, nil
			}), slow)
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://h/chat/completions", strings.NewReader(ask))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := door.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan bool)
			go func() { finish(resp.Body); close(done) }()
			synctest.Wait()
			select {
			case <-done:
				t.Errorf("%s: done before the call was booked", name)
			default:
			}
			close(settle)
			<-done
			resp.Body.Close()
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The call is over and booked, the connection is not: the client's context must still end it.
func TestTheClientsContextEndsTheBodyAfterTheCall(t *testing.T) {
	var p probe
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, hangs(asEvent, first, last, usageEvent, done))
	resp, err := post(t, ctx, through(t, p.middleware), url+"/chat/completions", askStream)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, len(first+last+done))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("the reader gets %v", err)
	}
	if seen, failed := p.only(t); failed != nil || seen.Usage.Tokens() != 11 {
		t.Errorf("booked %+v, error %v", seen, failed)
	}
}
