package middleware_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// A request that goes on from an answer which these books have is held for what that was billed, 1,520 tokens, and what it
// adds. Any other history has no bound.
func TestAHistoryThatWasBookedHasABound(t *testing.T) {
	m := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(4740)}})
	client := through(t, middleware.Options{}.Chain(m)...)
	url := serve(t, says(asJSON, responsesText(t, "responses/plain.json"))) + "/v1/responses"
	for _, tt := range []struct {
		body   string
		status int
		says   string
	}{
		{`"model":"gpt-5","previous_response_id":"resp_1"`, 429, "it has previous_response_id"},
		{`"model":"gpt-5","store":false`, 200, ""},
		{`"model":"gpt-5","previous_response_id":"resp_1"`, 429, "it has previous_response_id"}, // it was not kept
		{`"model":"gpt-5"`, 200, ""},
		{`"model":"gpt-5","previous_response_id":"resp_2"`, 429, "it has previous_response_id"},
		{`"model":"gpt-5","previous_response_id":"resp_1","conversation":"c"`, 429, "it has conversation"},
		{`"model":"gpt-5","previous_response_id":"resp_1","tools":[{"type":"web_search"}]`, 429, "it has the tool web_search"},
		{`"model":"qwen3-32b","previous_response_id":"resp_1"`, 429, "it has previous_response_id"}, // of other tokens
		{`"model":"gpt-5-mini","previous_response_id":"resp_1"`, 200, ""},
	} {
		resp, err := post(t, t.Context(), client, url, `{"input":"and?","max_output_tokens":50,`+tt.body+`}`)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status || !strings.Contains(string(text), tt.says) {
			t.Errorf("%s: status %d, %s", tt.body, resp.StatusCode, text)
		}
	}
	if total := m.Total(); total.Settled.Tokens != 3*1520 || total.Held.Tokens != 0 || total.Assumed.Tokens != 0 {
		t.Errorf("%+v", total)
	}

	// Where 1,520 are left, no such request fits.
	less := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(3040)}})
	client = through(t, middleware.Options{}.Chain(less)...)
	for i, want := range []int{200, 429} {
		body := `{"model":"gpt-5","input":"and?","max_output_tokens":50` + []string{"", `,"previous_response_id":"resp_1"`}[i] + `}`
		resp, err := post(t, t.Context(), client, url, body)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("call %d: status %d, want %d", i, resp.StatusCode, want)
		}
	}
}

// An answer is the history of those alone who pay for the same task and labels.
func TestAHistoryIsOnesOwn(t *testing.T) {
	m := budget.New(budget.Config{})
	client := through(t, middleware.Options{}.Chain(m)...)
	url := serve(t, says(asJSON, responsesText(t, "responses/plain.json"))) + "/v1/responses"
	as := func(scopes ...budget.Scope) context.Context { return budget.WithScopes(t.Context(), scopes...) }
	alice := budget.Task("alice")
	for _, call := range []struct {
		ctx      context.Context
		previous string
		want     int
	}{
		{as(alice, budget.Label("team")), "", 200},
		{as(alice, budget.Label("team"), budget.Worker("other")), "resp_1", 200},
		{as(alice), "resp_1", 429},
		{as(budget.Task("bob"), budget.Label("team")), "resp_1", 429},
		{t.Context(), "resp_1", 429},
	} {
		body := `{"model":"gpt-5","input":"and?","max_output_tokens":50,"previous_response_id":"` + call.previous + `"}`
		resp, err := post(t, call.ctx, client, url, body)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != call.want {
			t.Errorf("%v: status %d, want %d", budget.ScopesFrom(call.ctx), resp.StatusCode, call.want)
		}
	}
}
