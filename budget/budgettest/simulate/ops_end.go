package simulate

import (
	"github.com/orchestrate-go/orchestrate/budget"
)

// Operations that end holds.

func (w *world) writeEnd(o *op, good, bad string) {
	c := o.call
	w.write(o, "end "+c.id, func() { w.model.bookEnd(c) }, func(err error) {
		if err != nil {
			c.ending = false
			o.end(bad)
			return
		}
		w.answer(w.model.finish(c))
		o.end(good)
	})
}

// finish ends the hold h with act, which the model knows as ch: now, or when its tab does.
func (w *world) finish(h *held, ch *charge, now bool, act func() error) {
	o := &op{name: "end " + h.call.id, call: h.call}
	w.spawn(o, act)
	if h.call.ended || h.call.ending {
		o.end("ok")
		return
	}
	w.decide(h.call, ch)
	if t := h.call.tab; t != nil && w.store != nil && !now {
		t.pending = append(t.pending, h.call)
		o.end("ok")
		return
	}
	w.writeEnd(o, "ok", class(errFault))
}

// flush writes what is pending on the tab, and result.
func (w *world) flush(o *op, t *tab, result string, then func(error)) {
	pending := t.pending
	t.pending, t.writing = nil, t.writing+1
	name := "result " + result
	if len(pending) > 0 {
		name = "end " + pending[0].id
	}
	book := func() {
		for _, c := range pending {
			w.model.bookEnd(c)
		}
	}
	w.write(o, name, book, func(err error) {
		t.writing--
		if err != nil {
			t.pending = append(pending, t.pending...)
			then(err)
			return
		}
		t.result = ""
		for _, c := range pending {
			w.answer(w.model.finish(c))
		}
		then(nil)
	})
}

func (w *world) closeTab(t *tab, result string) {
	o := &op{name: "close " + t.name, tab: t}
	var kept []byte
	if result != "" {
		kept = []byte(result)
	}
	ctx := w.life
	w.spawn(o, func() error { return t.tab.Close(ctx, kept) })
	open := t.open
	t.open = nil
	for _, c := range open {
		if c.ended || c.ending {
			continue
		}
		w.decide(c, w.model.closing(c))
		if w.store == nil {
			w.answer(w.model.finish(c))
		} else {
			t.pending = append(t.pending, c)
		}
	}
	if t.result == "" {
		t.result = result
	}
	if w.store == nil {
		o.end("ok")
		return
	}
	if len(t.pending) == 0 && t.result == "" {
		o.end("ok")
		return
	}
	w.flush(o, t, t.result, func(err error) { o.end(class(err)) })
}

// closing is how Close ends a call.
func (m *model) closing(c *call) *charge {
	if c.sent {
		return m.chargeFor(c, budget.Outcome{Assumed: true})
	}
	return released(c)
}
