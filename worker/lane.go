package worker

import "cmp"

// Lane says which workers a task may go to: the one of a name, those that have a model, or, as the zero value, any.
type Lane struct{ Worker, Model string }

// LaneOf sends a task to the worker it names, or else to those that have the model it asks for: another's provider might
// not know it. Where nobody has that model, which has reports, anybody may ask for it.
func LaneOf(t Task, has func(model string) bool) Lane {
	if t.Worker != "" {
		return Lane{Worker: t.Worker}
	}
	if model := t.ModelAt(""); has(model) {
		return Lane{Model: model}
	}
	return Lane{}
}

// Takes reports whether a task of this lane may go to the worker of that name, which has that model.
func (l Lane) Takes(name, model string) bool {
	return (l.Worker == "" || l.Worker == name) && (l.Model == "" || l.Model == model)
}

// ModelAt is the model that the task asks a worker for which asks for own by itself.
func (t Task) ModelAt(own string) string {
	model := t.Model
	if model == "" && t.Request != nil {
		model = t.Request.Model
	}
	return cmp.Or(model, own)
}
