package middleware

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// LogOptions configures [Log]. The zero value logs no prompt and no answer.
type LogOptions struct {
	// Prompts adds the text of requests and answers to the records. It is personal data: off by default.
	Prompts bool
}

// Log writes one record for each call: at debug level when it was answered or the budget refused it, at
// warn level when it failed.
func Log(l *slog.Logger, o LogOptions) Middleware {
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			start := time.Now()
			resp, err := next.Generate(ctx, req)
			level, message := outcomeOf(err)
			if !l.Enabled(ctx, level) {
				return resp, err
			}
			attrs := []slog.Attr{slog.String("model", req.Model), slog.Duration("took", time.Since(start))}
			for _, s := range budget.ScopesFrom(ctx) {
				attrs = append(attrs, slog.String(string(s.Kind), s.Name))
			}
			attrs = append(attrs, outcomeAttrs(req, resp, err)...)
			if o.Prompts {
				attrs = append(attrs, slog.Any("messages", req.Messages))
				if resp != nil {
					attrs = append(attrs, slog.String("answer", resp.Text))
				}
			}
			l.LogAttrs(ctx, level, message, attrs...)
			return resp, err
		})
	}
}

func outcomeOf(err error) (slog.Level, string) {
	switch {
	case err == nil:
		return slog.LevelDebug, "call answered"
	case errors.Is(err, budget.ErrRefused):
		return slog.LevelDebug, "call refused by the budget"
	}
	return slog.LevelWarn, "call failed"
}

func outcomeAttrs(req *Request, resp *Response, err error) []slog.Attr {
	switch {
	case errors.Is(err, budget.ErrRefused):
		return []slog.Attr{slog.String("error", err.Error())}
	case err != nil: // any client's, which need not have taken out what quotes the request
		return []slog.Attr{slog.String("error", redact.Text(err.Error(), req))}
	}
	attrs := []slog.Attr{slog.Int64("held_tokens", resp.Charge.Hold.Tokens), slog.String("finish", string(resp.Finish))}
	if u := resp.Usage; u != nil && u.Unknown != budget.BothSides {
		attrs = append(attrs, slog.Int64("input_tokens", resp.Usage.InputTokens()), slog.Int64("output_tokens", resp.Usage.Output))
	}
	return attrs
}
