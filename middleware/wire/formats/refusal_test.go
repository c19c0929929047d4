package formats_test

import (
	"encoding/json"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

// What a refused client reads: the status and the words that its SDK or agent goes by. A status that was chosen changes
// the words where they would contradict it.
func TestRefusalsSpeakTheClientsFormat(t *testing.T) {
	for _, tt := range []struct {
		kind      wire.RefusalKind
		chosen    int
		status    int
		openai    [2]string // type and code
		anthropic string    // type
	}{
		{wire.RefusedBudget, 0, 402, [2]string{"budget_exceeded", "budget_exceeded"}, "billing_error"},
		{wire.RefusedBudget, 429, 429, [2]string{"insufficient_quota", "insufficient_quota"}, "rate_limit_error"},
		{wire.RefusedBudget, 400, 400, [2]string{"budget_exceeded", "budget_exceeded"}, "billing_error"},
		{wire.RefusedUnbounded, 0, 402, [2]string{"budget_exceeded", "budget_exceeded"}, "billing_error"},
		{wire.RefusedUnmetered, 0, 403, [2]string{"invalid_request_error", "unmetered"}, "permission_error"},
		{wire.RefusedInvalid, 0, 400, [2]string{"invalid_request_error", "invalid"}, "invalid_request_error"},
		{wire.RefusedTooLarge, 0, 413, [2]string{"invalid_request_error", "too_large"}, "request_too_large"},
		{wire.RefusedUnauthorised, 0, 401, [2]string{"invalid_request_error", "invalid_api_key"}, "authentication_error"},
		{wire.RefusedUnreachable, 0, 502, [2]string{"server_error", "unreachable"}, "api_error"},
	} {
		for _, f := range formats.All() {
			const message = `no "budget"`
			tt := tt
			if f.Name() == "responses" && tt.status == 402 { // which Codex would try again
				tt.status, tt.openai = 429, [2]string{"insufficient_quota", "insufficient_quota"}
			}
			status, body := f.Refusal(wire.Refusal{Kind: tt.kind, Status: tt.chosen, Message: message})
			var said struct {
				Type  string
				Error struct{ Type, Code, Message string }
			}
			if err := json.Unmarshal(body, &said); err != nil || status != tt.status || said.Error.Message != message {
				t.Errorf("%s, %s: status %d, body %s, error %v", f.Name(), tt.kind, status, body, err)
			}
			want, got := tt.openai, [2]string{said.Error.Type, said.Error.Code}
			if f.Name() == "anthropic" {
				want, got = [2]string{"error", tt.anthropic}, [2]string{said.Type, said.Error.Type}
			}
			if got != want {
				t.Errorf("%s, %s: %v, want %v", f.Name(), tt.kind, got, want)
			}
			if e := f.DecodeError(status, body); e.Message != message {
				t.Errorf("%s, %s: read back as %+v", f.Name(), tt.kind, e)
			}
		}
	}
	status, body := formats.All()[0].Refusal(wire.Refusal{Kind: wire.RefusedBudget, Message: "m"})
	if want := `{"error":{"code":"budget_exceeded","message":"m","param":null,"type":"budget_exceeded"}}`; status != 402 || string(body) != want {
		t.Errorf("%d %s, want %s", status, body, want)
	}
}
