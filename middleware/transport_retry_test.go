package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

func TestAnErrorAnswerOfAnEarlierAttemptIsNotTheLastWord(t *testing.T) {
	var calls atomic.Int64
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(500)
	})
	twice := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
			_, _ = next.Generate(ctx, r)
			return next.Generate(ctx, r)
		})
	}
	resp, err := post(t, t.Context(), through(t, twice), url+"/chat/completions", ask)
	if e := wire.AsError(err); e == nil || e.Class != wire.Lost || calls.Load() != 2 {
		t.Errorf("%d calls, answer %v, error %v", calls.Load(), resp, err)
	}
}

func TestNothingIsTriedAgainOnceTheClientHasAnAnswer(t *testing.T) {
	calls := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		says(asEvent, first)(w, r)
	})
	var second error
	stubborn := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
			if resp, err := next.Generate(ctx, r); err == nil {
				return resp, nil
			}
			_, second = next.Generate(ctx, r)
			return nil, second
		})
	}
	resp, err := post(t, t.Context(), through(t, stubborn), url+"/chat/completions", askStream)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(resp.Body)
	resp.Body.Close()
	if e := wire.AsError(second); calls != 1 || e.Sent || !e.Unbilled() || !e.Started {
		t.Errorf("%d calls, second attempt %+v", calls, e)
	}
}

func TestAMiddlewareMayAskTwiceAtOnce(t *testing.T) {
	url := serve(t, says(asJSON, answer))
	hedge := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (resp *middleware.Response, err error) {
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() { _, _ = next.Generate(ctx, r) })
			}
			group.Wait()
			return nil, errors.New("both are over")
		})
	}
	for range 20 {
		resp, err := post(t, t.Context(), through(t, hedge), url+"/chat/completions", ask)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(got) != answer {
			t.Fatalf("read %q, error %v", got, err)
		}
	}
}

func TestConcurrentCallsDoNotMeet(t *testing.T) {
	var p probe
	server := serve(t, says(asJSON, answer))
	client := through(t, p.middleware)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			resp, err := post(t, t.Context(), client, server+"/chat/completions", ask)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if got, err := io.ReadAll(resp.Body); err != nil || string(got) != answer {
				t.Errorf("read %q, error %v", got, err)
			}
		})
	}
	group.Wait()
	if len(p.answers) != 50 {
		t.Errorf("%d calls booked", len(p.answers))
	}
}

func TestNothingIsSentWhereTheProviderCannotBeReached(t *testing.T) {
	var p probe
	_, err := post(t, t.Context(), through(t, p.middleware), "http://127.0.0.1:1/chat/completions", ask)
	if _, failed := p.only(t); failed.Class != wire.Unreachable || failed.Sent || !errors.Is(err, failed.Err) {
		t.Errorf("the client gets %v, booked %+v", err, failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := post(t, ctx, through(t), "http://127.0.0.1:1/chat/completions", ask); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

// net/http repeats a request with an idempotency key on its own. One hold, one attempt.
func TestALostConnectionIsNotTriedAgainBehindTheBudget(t *testing.T) {
	var p probe
	var calls atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		says(asJSON, answer)(w, r)
	})
	client := through(t, p.middleware)
	resp, err := post(t, t.Context(), client, url+"/chat/completions", ask)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(resp.Body)
	resp.Body.Close()
	_, err = post(t, t.Context(), client, url+"/chat/completions", ask)
	if err == nil || calls.Load() != 2 {
		t.Errorf("%d calls, error %v", calls.Load(), err)
	}
	if e := wire.AsError(p.errs[1]); e.Class != wire.Lost || !e.Sent || e.Unbilled() {
		t.Errorf("booked %+v", e)
	}
}

// BenchmarkTransport compares a call through the door with the same call without it.
func BenchmarkTransport(b *testing.B) {
	server := httptest.NewServer(says(asJSON, answer))
	defer server.Close()
	base := &http.Transport{MaxIdleConnsPerHost: 8}
	defer base.CloseIdleConnections()
	for name, transport := range map[string]http.RoundTripper{"bare": base, "door": middleware.Transport(base)} {
		b.Run(name, func(b *testing.B) {
			client := &http.Client{Transport: transport}
			for b.Loop() {
				resp, err := client.Post(server.URL+"/chat/completions", asJSON, strings.NewReader(ask))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
