package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// The bounds of what one request takes.
const (
	maxBody   = 64 << 10
	maxTasks  = 1000 // that one answer lists
	someTasks = 100  // where nobody says how many
	longest   = 30 * time.Second
)

// Server is the API of one run or proxy. It is safe for concurrent use.
type Server struct {
	running  *project.Running
	observer *view.Observer
	hub      hub
	log      *slog.Logger
}

// NewServer returns the API of r.
func NewServer(r *project.Running, o *view.Observer, log *slog.Logger) *Server {
	return &Server{running: r, observer: o, log: log}
}

// Event passes an event of the run on to those who listen. It never waits.
func (s *Server) Event(e orchestrator.Event) { s.hub.publish(e) }

// Handler serves the API to whoever can reach it: whoever mounts it sees to that.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/status", s.answer(s.status))
	mux.HandleFunc("GET /api/v1/tasks", s.answer(s.tasks))
	mux.HandleFunc("GET /api/v1/events", s.events)
	mux.HandleFunc("POST /api/v1/pause", s.answer(s.tell(s.running.Suspend)))
	mux.HandleFunc("POST /api/v1/resume", s.answer(s.tell(s.running.Continue)))
	mux.HandleFunc("POST /api/v1/limits", s.answer(s.limits))
	return mux
}

// answer makes a handler of what returns an object.
func (s *Server) answer(of func(context.Context, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		req.Body = http.MaxBytesReader(w, req.Body, maxBody)
		ctx, cancel := context.WithTimeout(req.Context(), longest)
		defer cancel()
		object, err := of(ctx, req)
		status := http.StatusOK
		if err != nil {
			status, object = statusOf(err), failure{view.SchemaVersion, err.Error()}
		}
		write(w, status, object)
	}
}

func write(w http.ResponseWriter, status int, object any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object) // whoever asked has gone
}

// Metrics serves moments in Prometheus' text format.
func Metrics(moment func(context.Context) (view.Moment, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx, cancel := context.WithTimeout(req.Context(), longest)
		defer cancel()
		m, err := moment(ctx)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(m.Metrics())
	})
}

// failure is an error, as an object.
type failure struct {
	Schema int    `json:"schema_version"`
	Error  string `json:"error"`
}

// errRequest is a request that nobody can have meant.
type errRequest struct{ error }

func statusOf(err error) int {
	switch {
	case errors.As(err, new(errRequest)), errors.As(err, new(*project.UsageError)):
		return http.StatusBadRequest
	case errors.Is(err, orchestrator.ErrEnded):
		return http.StatusConflict
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (s *Server) status(ctx context.Context, _ *http.Request) (any, error) {
	return s.observer.Moment(ctx)
}

func (s *Server) tasks(ctx context.Context, req *http.Request) (any, error) {
	query := req.URL.Query()
	offset, err := number(query.Get("offset"), 0)
	limit, limitErr := number(query.Get("limit"), someTasks)
	if err = errors.Join(err, limitErr); err != nil {
		return nil, err
	}
	list, total, err := s.running.List(ctx, query.Get("status"), offset, min(limit, maxTasks))
	if list == nil {
		list = []orchestrator.TaskState{}
	}
	return Tasks{view.SchemaVersion, total, offset, list}, err
}

// number is a number from zero on, or what it is where nobody says.
func number(text string, unsaid int) (int, error) {
	if text == "" {
		return unsaid, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errRequest{fmt.Errorf("%q is no number of tasks", text)}
	}
	return n, nil
}

// tell passes on who wants something, and answers with the moment after it.
func (s *Server) tell(what func(context.Context, project.Who) error) func(context.Context, *http.Request) (any, error) {
	return func(ctx context.Context, req *http.Request) (any, error) {
		var who project.Who
		if err := decode(req, &who); err != nil {
			return nil, err
		}
		if err := what(ctx, who); err != nil {
			return nil, err
		}
		return s.observer.Moment(ctx)
	}
}

func (s *Server) limits(ctx context.Context, req *http.Request) (any, error) {
	var wanted LimitsWanted
	if err := decode(req, &wanted); err != nil {
		return nil, err
	}
	if len(wanted.Set) == 0 {
		return nil, errRequest{errors.New(`which key, and to what? ({"set": {"total_budget_limit": "2M"}})`)}
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(wanted.Set)) {
		pairs = append(pairs, key+"="+wanted.Set[key])
	}
	set, err := s.running.SetLimits(ctx, pairs, wanted.Who)
	if err != nil {
		return nil, err
	}
	for _, c := range set.Changes {
		s.log.Info("limit changed", slog.String("key", c.Key), slog.String("from", c.Before), slog.String("to", c.After), slog.String("reason", wanted.String()))
	}
	return limitsOf(set), nil
}

// decode reads the object in a request; an empty body is one without fields.
func decode(req *http.Request, into any) error {
	d := json.NewDecoder(req.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil && req.ContentLength != 0 {
		return errRequest{fmt.Errorf("the body is not what was expected: %w", err)}
	}
	return nil
}
