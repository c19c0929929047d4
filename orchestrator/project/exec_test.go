package project_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker/command"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

func TestExec(t *testing.T) {
	t.Setenv("FAR_KEY", farKey)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := providertest.NewServer()
	defer server.Close()
	server.RequireKey(farKey)
	server.Always(providertest.Answer{Text: strings.Repeat("hello ", 30)})
	path := filepath.Join(t.TempDir(), "orchestrate.toml")
	text := fmt.Sprintf("[budget]\nmax_tokens_per_worker = \"1M\"\n[providers.far]\nkind = \"openai\"\nbase_url = %q\napi_key_env = \"FAR_KEY\"\nmax_output_tokens = 500\n[retry]\nattempts = 1\n", server.URL(openai.Format))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		how     []string
		limit   budget.Limit
		stop    bool // it is stopped from outside
		status  int
		calls   int
		refused bool
	}{
		{name: "it ends well", how: []string{"2"}, calls: 2},
		{name: "it fails", how: []string{"1", "wrong token"}, status: 1},
		{name: "the budget ends it", how: []string{"5"}, limit: budget.TokenLimit(600), status: 1, calls: 3, refused: true},
		{name: "the budget ends it, and it is stopped", how: []string{"5", "never gives up"}, limit: budget.TokenLimit(600), status: 143, calls: 3, refused: true},
		{name: "it is stopped", how: []string{"0", "waits"}, stop: true, status: 143},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := server.Calls()
			var out, errs bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			x, err := p.Exec(ctx, project.ExecOptions{
				Command: append([]string{program, "agent", "/chat/completions"}, tc.how...), Limit: tc.limit,
				Streams: command.Streams{In: strings.NewReader("Say hello."), Out: &out, Err: &errs}, Logger: slog.New(slog.DiscardHandler),
				Interrupts: func(ctx context.Context) (context.Context, func()) {
					ctx, cancel := context.WithCancel(ctx)
					if tc.stop {
						time.AfterFunc(500*time.Millisecond, cancel)
					}
					return ctx, cancel
				},
			})
			if err != nil || x.Status != tc.status || x.Passed.Calls != tc.calls || errors.Is(x.Passed.Refused, budget.ErrRefused) != tc.refused {
				t.Errorf("%+v, %v; %s", x, err, errs.String())
			}
			if n := server.Calls() - before; n != tc.calls || tc.calls > 0 && x.Spent.Settled.Tokens == 0 {
				t.Errorf("%d calls reached the provider, %v is charged", n, x.Spent.Settled)
			}
			report, err := p.Verify(t.Context())
			if err != nil || !report.OK() || report.Open > 0 {
				t.Errorf("the books: %+v, %v", report, err)
			}
		})
	}
}
