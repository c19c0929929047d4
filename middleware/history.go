package middleware

import (
	"context"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// history bounds requests that go on from an answer which their provider keeps (Responses' previous_response_id): the input is
// no more than what that answer was billed for, which has all that came before it, and what the request adds. It knows the
// answers that were booked exactly since it was made, and only for calls of the task and the labels that they were charged to:
// what one client said is no history of another's. It is bounded: when it is full, the older half is forgotten. It is
// safe for concurrent use.
type history struct {
	mu         sync.Mutex
	young, old map[keptKey]kept
}

// keptKey is whose answer it is, and the provider's name for it.
type keptKey struct{ whose, id string }

func keyOf(ctx context.Context, id string) keptKey {
	var whose strings.Builder
	for _, s := range budget.ScopesFrom(ctx) {
		if s.Kind == budget.KindTask || s.Kind == budget.KindLabel {
			whose.WriteString(s.String() + "\x00")
		}
	}
	return keptKey{whose.String(), strings.Clone(id)} // it may be a piece of a large body
}

// kept is an answer that its provider keeps.
type kept struct {
	tokens  int64 // of input and output
	counter *tokenizer.Counter
}

const (
	maxKept = 1 << 15 // answers in each half, of about 100 bytes

	// turnMargin is for what a provider puts around an answer, and around each of its calls, when that becomes input.
	turnMargin = 16
)

// note remembers an answer that was booked at what its provider said.
func (h *history) note(ctx context.Context, r *Request, resp *Response) {
	if r.Body == nil || !r.Body.Kept || resp.RequestID == "" || resp.Usage == nil {
		return
	}
	u := resp.Usage
	k := kept{u.InputTokens() + u.Output + u.AudioOutput + turnMargin*int64(1+len(resp.ToolCalls)), counterOf(r.Model)}
	key := keyOf(ctx, resp.RequestID)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.young == nil || len(h.young) >= maxKept {
		h.young, h.old = make(map[keptKey]kept), h.young
	}
	h.young[key] = k
}

// bound returns r, or a copy whose history is counted, if it goes on from an answer that is known and whose tokens are those
// of the same tokenizer.
func (h *history) bound(ctx context.Context, r *Request) *Request {
	if r.Body == nil || r.Body.Previous == "" {
		return r
	}
	key := keyOf(ctx, r.Body.Previous)
	h.mu.Lock()
	k, known := h.young[key]
	if !known {
		k, known = h.old[key]
	}
	h.mu.Unlock()
	if !known || k.counter != counterOf(r.Model) {
		return r
	}
	out, body := *r, *r.Body
	body.Hidden += k.tokens
	body.Beside, body.Unseen = "", ""
	if len(body.ServerTools) > 0 {
		body.Unseen = "tool " + body.ServerTools[0].Kind
	}
	out.Body, out.Count = &body, nil
	return &out
}

func counterOf(model string) *tokenizer.Counter { return models.Of(model).Counter() }
