package config

import (
	"fmt"
	"net"
	"reflect"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Serve is the table [serve]: the proxy for clients in any language.
type Serve struct {
	// Address is where it listens, "127.0.0.1:8787" by default. Any but a loopback address needs TLS, and tokens.
	Address string

	// TLSCert and TLSKey are files in PEM, from the configuration's directory on; "" is no TLS.
	TLSCert, TLSKey string

	// MaxBody bounds a request and MaxInFlight all requests at a time, in bytes: 32 MiB and 512 MiB by default.
	MaxBody, MaxInFlight int64

	// ReadTimeout is how long a request may take to come, WriteTimeout how long a client may take for a piece of its answer; a
	// minute by default.
	ReadTimeout, WriteTimeout time.Duration

	// MetricsTokenEnv is the environment variable that holds the token of GET /metrics: metrics_token_env. Without it /metrics is
	// shown to this machine, while no client needs a token.
	MetricsTokenEnv string

	// RefusalStatus is the status of what the budget refuses: refusal_status. 0 is the format's own: 402, in Responses 429.
	RefusalStatus int

	// Clients are those with a token in the environment. Their names differ.
	Clients []ServeClient
}

// ServeClient is one [[serve.clients]].
type ServeClient struct {
	Name     string // printable, without spaces
	TokenEnv string // the environment variable that holds its token: token_env

	// Label is what its calls are charged to beside ([budget.Label]), with the limits of [budget.labels]; "" is none.
	Label string

	// Worker is the worker that its calls are charged to; "" is one that all such clients share, without a limit.
	Worker string

	// Limit is what it may spend, ever: max_tokens, max_cost.
	Limit budget.Limit

	Expires time.Time // zero is never

	Caps          wire.Caps // as a provider has them; they go before those of models
	RefusalStatus int       // 0 is that of [serve]
}

// LoopbackAddress reports whether nobody but this machine can reach what listens there.
func LoopbackAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func defaultServe() Serve {
	return Serve{
		Address: "127.0.0.1:8787", MaxBody: 32 << 20, MaxInFlight: 512 << 20, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
	}
}

// configured reports whether the file says anything of the proxy.
func (s Serve) configured() bool { return !reflect.DeepEqual(s, defaultServe()) }

func readServe(t *document.Table) Serve {
	d := defaultServe()
	s := Serve{
		Address:       t.Expanded("address"),
		TLSCert:       t.Expanded("tls_cert"),
		TLSKey:        t.Expanded("tls_key"),
		MaxBody:       t.Integer("max_body", d.MaxBody, 1, d.MaxBody),
		MaxInFlight:   t.Integer("max_in_flight", d.MaxInFlight, 1, 1<<40),
		ReadTimeout:   t.Duration("read_timeout", d.ReadTimeout, time.Second),
		WriteTimeout:  t.Duration("write_timeout", d.WriteTimeout, time.Second),
		RefusalStatus: readRefusalStatus(t),
	}
	s.MetricsTokenEnv = t.Text("metrics_token_env")
	if s.MetricsTokenEnv != "" && !envName.MatchString(s.MetricsTokenEnv) {
		t.Mistake("metrics_token_env", "expected the name of an environment variable", `write metrics_token_env = "METRICS_TOKEN", never the token itself`)
	}
	if !t.Has("address") {
		s.Address = d.Address
	}
	if _, _, err := net.SplitHostPort(s.Address); err != nil {
		t.Mistake("address", fmt.Sprintf("%s is not an address with a port", document.Quote(s.Address)), `write "127.0.0.1:8787"; port 0 takes any that is free`)
	} else if !LoopbackAddress(s.Address) && s.TLSCert == "" {
		t.Mistake("address", "others could read keys and prompts on their way", `listen on "127.0.0.1:8787", or give tls_cert and tls_key`)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		t.Mistake("", "tls_cert and tls_key go together", "give both, or none")
	}
	for _, client := range t.Elements("clients") {
		s.Clients = append(s.Clients, readServeClient(client, s.Clients))
	}
	t.Done()
	return s
}

func readServeClient(t *document.Table, before []ServeClient) ServeClient {
	c := ServeClient{
		Name:          t.Required("name", `every client has a name: name = "ci"`),
		TokenEnv:      t.Required("token_env", "name the environment variable that holds its token"),
		Label:         t.Text("label"),
		Worker:        t.Text("worker"),
		Limit:         t.Limit("max_tokens", "max_cost"),
		Expires:       readInstant(t, "expires"),
		Caps:          readCaps(t, KindOpenAI),
		RefusalStatus: readRefusalStatus(t),
	}
	for key, name := range map[string]string{"name": c.Name, "worker": c.Worker} {
		if bad := document.BadName(name); name != "" && bad != "" {
			t.Mistake(key, document.Quote(name)+" "+bad, "")
		}
	}
	if bad := document.BadLabel(c.Label); c.Label != "" && bad != "" {
		t.Mistake("label", document.Quote(c.Label)+" "+bad, "")
	}
	if slices.ContainsFunc(before, func(other ServeClient) bool { return other.Name == c.Name && c.Name != "" }) {
		t.Mistake("name", document.Quote(c.Name)+" is the name of another client", "give each its own")
	}
	if c.TokenEnv != "" && !envName.MatchString(c.TokenEnv) {
		t.Mistake("token_env", "expected the name of an environment variable", `write token_env = "CI_TOKEN", never the token itself`)
	}
	t.Done()
	return c
}

// readRefusalStatus reads a status that refuses: agents differ in which they take for the end.
func readRefusalStatus(t *document.Table) int {
	return int(t.Integer("refusal_status", 0, 400, 599))
}

// readInstant reads a date with time and zone, as TOML has them or as text.
func readInstant(t *document.Table, key string) time.Time {
	v, ok := t.Take(key)
	if !ok {
		return time.Time{}
	}
	switch v := v.(type) {
	case time.Time:
		return v.UTC()
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.UTC()
		}
	}
	t.Mistake(key, "expected a date with time and zone", "write 2027-01-31T00:00:00Z")
	return time.Time{}
}

func (s Serve) table() map[string]any {
	t := map[string]any{
		"address": s.Address, "max_body": s.MaxBody, "max_in_flight": s.MaxInFlight,
		"read_timeout": s.ReadTimeout.String(), "write_timeout": s.WriteTimeout.String(),
	}
	put := func(t map[string]any, key, text string) {
		if text != "" {
			t[key] = text
		}
	}
	put(t, "tls_cert", s.TLSCert)
	put(t, "tls_key", s.TLSKey)
	if s.MetricsTokenEnv != "" {
		t["metrics_token_env"] = s.MetricsTokenEnv
	}
	if s.RefusalStatus > 0 {
		t["refusal_status"] = s.RefusalStatus
	}
	var clients []map[string]any
	for _, c := range s.Clients {
		client := map[string]any{"name": c.Name, "token_env": c.TokenEnv}
		put(client, "label", c.Label)
		put(client, "worker", c.Worker)
		putLimit(client, c.Limit, "max_tokens", "max_cost")
		if !c.Expires.IsZero() {
			client["expires"] = c.Expires
		}
		putCaps(client, c.Caps)
		if c.RefusalStatus > 0 {
			client["refusal_status"] = c.RefusalStatus
		}
		clients = append(clients, client)
	}
	if clients != nil {
		t["clients"] = clients
	}
	return t
}
