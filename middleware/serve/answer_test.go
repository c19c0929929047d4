package serve_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

// What the provider answers is what the client reads, but for the usage that only the door asked for.
func TestAnswersPassAsTheyAre(t *testing.T) {
	spaced := " \n" + strings.ReplaceAll(answer, ",", ", ")
	for _, tc := range []struct {
		name, kind, body string
		says             []string
		want             string
	}{
		{"plain", "application/json", ask, []string{answer}, answer},
		{"plain, in pieces", "application/json; charset=utf-8", ask, []string{spaced[:1], spaced[1:40], spaced[40:]}, spaced},
		{"a stream", events, askStream, []string{piece, lastPiece, usageEvent, done}, piece + lastPiece + done},
		{"a stream that is called JSON", "application/json", askStream, []string{piece, lastPiece, usageEvent, done}, piece + lastPiece + usageEvent + done},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1000)}, says(tc.kind, tc.says...), nil)
			resp, body := h.post(t, chat, tc.body)
			if resp.StatusCode != http.StatusOK || body != tc.want {
				t.Errorf("status %d\n%q\nwant\n%q", resp.StatusCode, body, tc.want)
			}
			if got := h.manager.Total().Settled.Tokens; got != usage {
				t.Errorf("settled %d, want %d", got, usage)
			}
		})
	}
}

func TestRemainingIsInTheHeaders(t *testing.T) {
	h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1000), budget.Task("alice"): budget.TokenLimit(90)}, says("application/json", answer), nil)
	for i, want := range []string{"79", "68"} {
		if resp, _ := h.post(t, chat, ask); resp.Header.Get("X-Orchestrate-Remaining") != want {
			t.Errorf("call %d: remaining %q, want %s", i, resp.Header.Get("X-Orchestrate-Remaining"), want)
		}
	}
}

// A client pays once for an answer that breaks off: it is told not to try again.
func TestCutAnswers(t *testing.T) {
	cut := func(kind, half string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			says(kind, half)(w, r)
			panic(http.ErrAbortHandler)
		}
	}
	t.Run("plain", func(t *testing.T) {
		h := build(t, unlimited(), cut("application/json", answer[:60]), nil)
		resp, body := h.post(t, chat, ask)
		if resp.StatusCode != http.StatusBadGateway || resp.Header.Get("X-Should-Retry") != "false" || !strings.Contains(body, "broke off") {
			t.Errorf("status %d, headers %v: %s", resp.StatusCode, resp.Header, body)
		}
		if h.manager.Total().Settled.Tokens == 0 {
			t.Error("nothing was charged")
		}
	})
	t.Run("a stream", func(t *testing.T) {
		h := build(t, unlimited(), cut(events, piece), nil)
		resp, body := h.post(t, chat, askStream)
		if resp.StatusCode != http.StatusOK || body != piece {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
		if h.manager.Total().Settled.Tokens == 0 {
			t.Error("nothing was charged")
		}
	})
	t.Run("an error", func(t *testing.T) {
		h := build(t, unlimited(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"message":"slow`)
		}, nil)
		if resp, body := h.post(t, chat, ask); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "slow") {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	})
}

// A provider that repeats its key, in one piece or in two, tells it to nobody.
func TestTheKeyReachesNobody(t *testing.T) {
	half := len(providerKey) / 2
	stars := strings.Repeat("*", len(providerKey))
	failed := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Echo", "Bearer "+providerKey)
			w.Header().Set("Set-Cookie", "session=1")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"message":"Incorrect API key: %s"}}`, providerKey)
		}
	}
	for _, tc := range []struct {
		name, body string
		say        http.HandlerFunc
	}{
		{"401", ask, failed(401)},
		{"500", ask, failed(500)},
		{"200", ask, failed(200)},
		{"plain", ask, says("application/json", strings.Replace(answer, "Hi", providerKey+" "+providerKey, 1))},
		{"a stream, cut within the key", askStream, says(events, strings.Replace(piece, "Hi", providerKey, 1)[:60+half], "\n\n: "+providerKey[:half], providerKey[half:]+"\n\n", lastPiece, done)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := build(t, unlimited(), tc.say, nil)
			resp, body := h.post(t, chat, tc.body)
			all := fmt.Sprint(resp.Header) + body
			if strings.Contains(all, providerKey) || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("the client got the key: %s", all)
			}
			if !strings.Contains(body, stars) {
				t.Errorf("no stars: %s", body)
			}
		})
	}
}

// What a provider says before and after its answer was not looked at, and so goes nowhere.
func TestTrailersAndEarlyHeaders(t *testing.T) {
	h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Early", providerKey)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("X-Early")
		w.Header().Set("Trailer", "X-Late")
		says(events, piece, lastPiece, usageEvent, done)(w, r)
		w.Header().Set("X-Late", providerKey)
		w.Header().Set(http.TrailerPrefix+"X-Later", providerKey)
	}, nil)
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, call("POST "+chat+" HTTP/1.1", askStream, bearer, "Connection: close"))
	all, err := io.ReadAll(conn)
	if text := string(all); err != nil || !strings.HasPrefix(text, "HTTP/1.1 200 ") || strings.Contains(text, providerKey) || strings.Contains(text, "Late") {
		t.Errorf("%v: %s", err, text)
	}
}

// Whole answers count among the bytes in flight, but only requests are refused for them: an answer is paid.
func TestAnswersInFlight(t *testing.T) {
	long := strings.Replace(answer, "Hi", strings.Repeat("a", 1<<20), 1)
	h := build(t, unlimited(), says("application/json", long), func(c *serve.Config) { c.MaxInFlight = 1000 })
	for range 3 { // nothing is left of it
		if resp, body := h.post(t, chat, ask); resp.StatusCode != http.StatusOK || body != long {
			t.Fatalf("status %d, %d bytes", resp.StatusCode, len(body))
		}
	}
}
