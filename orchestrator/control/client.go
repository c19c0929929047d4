package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/user"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// Client asks the process that owns the books of a project.
type Client struct {
	Run  string // the run that it is in
	http *http.Client
}

// Dial returns a client of the process that has p's books, or those of p's simulated runs. The error is [ErrNone] where no
// process has them.
func Dial(p *project.Project) (*Client, error) {
	for _, sim := range []bool{p.Sim, !p.Sim} {
		of := project.Project{Path: p.Path, Sim: sim}
		owner := of.Owner()
		switch {
		case owner == nil || owner.Gone():
			continue
		case owner.Control == "":
			return nil, fmt.Errorf("process %d has the books (run %s) and cannot be asked: it has no control socket", owner.PID, owner.Run)
		}
		return dial(owner.Run, owner.Control), nil
	}
	return nil, ErrNone
}

func dial(run, socket string) *Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return &Client{Run: run, http: &http.Client{Transport: transport}}
}

// Handler passes the API on, for a page that shows the run.
func (c *Client) Handler() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "control"})
			r.Out.Header.Del("Authorization") // it is the page's
		},
		Transport: c.http.Transport, FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			write(w, http.StatusConflict, failure{view.SchemaVersion, fmt.Sprintf("run %s does not answer: %v", c.Run, err)})
		},
	}
}

// Me is this user, who wants something for a reason.
func Me(reason string) project.Who {
	who := project.Who{Name: os.Getenv("USER"), Reason: reason}
	if u, err := user.Current(); err == nil {
		who.Name = u.Username
	}
	return who
}

// Moment is how the run stands.
func (c *Client) Moment(ctx context.Context) (m view.Moment, err error) {
	return m, c.call(ctx, http.MethodGet, "status", nil, &m)
}

// Pause lets no more tasks begin, and Resume lets them begin again. Both return how the run stands then.
func (c *Client) Pause(ctx context.Context, who project.Who) (m view.Moment, err error) {
	return m, c.call(ctx, http.MethodPost, "pause", who, &m)
}

// Resume ends what [Client.Pause] began.
func (c *Client) Resume(ctx context.Context, who project.Who) (m view.Moment, err error) {
	return m, c.call(ctx, http.MethodPost, "resume", who, &m)
}

// SetLimits changes limits, by their keys in [budget].
func (c *Client) SetLimits(ctx context.Context, set map[string]string, who project.Who) (l Limits, err error) {
	return l, c.call(ctx, http.MethodPost, "limits", LimitsWanted{set, who}, &l)
}

// call asks for one thing, with an object or nil, and reads the answer.
func (c *Client) call(ctx context.Context, method, what string, object, into any) error {
	var body io.Reader
	if object != nil {
		data, err := json.Marshal(object)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://control/api/v1/"+what, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("run %s does not answer: %w", c.Run, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(into)
	}
	var f failure
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Error == "" {
		return fmt.Errorf("run %s answers %s", c.Run, resp.Status)
	}
	if resp.StatusCode == http.StatusBadRequest {
		return &project.UsageError{Err: errors.New(f.Error)}
	}
	return errors.New(f.Error)
}
