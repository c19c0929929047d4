package gemini

import (
	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

func (c call) Writer(bool) wire.Writer { return &writer{listed: c.listed()} }

// writer is piece after piece: events, or the elements of a list.
type writer struct {
	listed bool
	begun  bool
	names  wire.Response // which stand in every piece
}

func (w *writer) piece(v object) []byte {
	text := reading.Marshal(v)
	switch {
	case !w.listed:
		return append(append([]byte("data: "), text...), "\n\n"...)
	case !w.begun:
		w.begun = true
		return append([]byte{'['}, text...)
	}
	return append([]byte("\n,\r\n"), text...)
}

func (w *writer) Begin(r *wire.Response) []byte {
	w.names = wire.Response{Model: r.Model, RequestID: r.RequestID}
	var known *wire.Usage
	if u := figures.Writable(r.Usage); u != nil && u.Unknown&budget.InputSide == 0 {
		known = &wire.Usage{Usage: u.Usage, Unknown: budget.OutputSide, Tier: u.Tier}
		known.Fees = 0
	}
	return w.piece(answerObject(&w.names, nil, known))
}

func (w *writer) Piece(c wire.Choice) []byte {
	return w.piece(answerObject(&w.names, []object{candidateOf(c, false)}, nil))
}

func (w *writer) End(r *wire.Response) []byte {
	var ends []object
	for _, c := range r.All() {
		ends = append(ends, candidateOf(wire.Choice{Index: c.Index, Refusal: c.Refusal, Finish: c.Finish}, true))
	}
	return w.close(w.piece(answerObject(&w.names, ends, r.Usage)))
}

func (w *writer) Fail(e *wire.Error) []byte { return w.close(w.piece(errorOf(e))) }

func (w *writer) close(last []byte) []byte {
	if w.listed {
		return append(last, "\n]"...)
	}
	return last
}
