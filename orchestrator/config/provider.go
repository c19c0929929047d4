package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

var httpKeys = []string{"base_url", "api_key_env", "api_key_command", "requests_per_minute", "tokens_per_minute", "timeout", "stream", "service_tier", "api_version", "default_max_output_tokens", outputCapKey}
var simKeys = []string{"seed", "latency", "jitter", "error_rate", "rate_limit_rate"}

func readProvider(t *document.Table) Provider {
	p := Provider{Name: t.Name(), Timeout: 120 * time.Second}
	kinds := Kinds()
	for _, kind := range kinds {
		if p.Name == string(kind) {
			p.Kind = kind
		}
	}
	if p.Kind == "" || t.Has("kind") {
		if !t.Has("kind") {
			t.Mistake("kind", "missing", "write kind = "+document.Choices(kinds...))
		}
		p.Kind = document.Choice(t, "kind", kinds...)
	} else {
		t.Allow("kind")
	}
	if p.Kind == KindSim {
		t.Refuse(httpKeys, "the simulator has no such key")
		p.Sim = readSim(t)
	} else {
		t.Refuse(simKeys, `only a provider with kind = "sim" has this key`)
		readHTTP(t, &p)
		p.Caps = readCaps(t, p.Kind)
	}
	p.UnboundedInput, p.Tools = readAllowance(t), readTools(t)
	p.Models = readModels(t, p.Kind)
	t.Done()
	return p
}

func readSim(t *document.Table) Sim {
	s := Sim{
		Seed:      t.Integer("seed", 1, -1<<53, 1<<53),
		Latency:   t.Duration("latency", 20*time.Millisecond, 0),
		Jitter:    t.Duration("jitter", 0, 0),
		MinOutput: t.Positive("min_output_tokens", 16),
		MaxOutput: t.Positive("max_output_tokens", 256),
	}
	if rate := t.Number("error_rate", 0, 1); rate != nil {
		s.ErrorRate = *rate
	}
	if rate := t.Number("rate_limit_rate", 0, 1); rate != nil {
		s.RateLimitRate = *rate
	}
	if s.MinOutput > s.MaxOutput {
		t.Mistake("min_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", s.MinOutput, s.MaxOutput), "")
	}
	if s.ErrorRate+s.RateLimitRate > 1 {
		t.Mistake("rate_limit_rate", "together with error_rate it is more than 1", "")
	}
	return s
}

var envName = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]*$`)

func readHTTP(t *document.Table, p *Provider) {
	service, err := formats.Of(string(p.Kind))
	if err != nil {
		panic(err) // every kind but the simulator is a format's name
	}
	p.BaseURL = readBaseURL(t, service)
	readAzure(t, p)
	p.APIKeyEnv = t.Text("api_key_env")
	switch {
	case p.APIKeyEnv != "" && !envName.MatchString(p.APIKeyEnv):
		t.Mistake("api_key_env", "expected the name of an environment variable", `write api_key_env = "OPENAI_API_KEY", never the key itself`)
	case t.Has("api_key_env") || p.BaseURL != "" && !ofAzure(p):
	default:
		p.APIKeyEnv = service.KeyVariable
	}
	readKeyCommand(t, p)
	p.RequestsPerMinute = t.Positive("requests_per_minute", 0)
	p.TokensPerMinute = t.Positive("tokens_per_minute", 0)
	p.Timeout = t.Duration("timeout", p.Timeout, time.Millisecond)
	p.Stream = t.Bool("stream", true)
	p.ServiceTier = strings.ToLower(t.Text("service_tier"))
	if p.ServiceTier != "" && !tierWord.MatchString(p.ServiceTier) {
		t.Mistake("service_tier", "expected the provider's word for a service tier", `write service_tier = "priority"`)
	}
}

// readKeyCommand reads the command that says the key.
func readKeyCommand(t *document.Table, p *Provider) {
	p.KeyCommand = t.Texts("api_key_command")
	switch {
	case !t.Has("api_key_command"):
	case t.Has("api_key_env"):
		t.Mistake("api_key_command", "there is api_key_env, too", "leave one of them out")
	case len(p.KeyCommand) == 0 || p.KeyCommand[0] == "":
		t.Mistake("api_key_command", "names no program", `write api_key_command = ["gcloud", "auth", "print-access-token"]`)
	default:
		p.APIKeyEnv = ""
	}
}

// readAzure reads what Azure alone has.
func readAzure(t *document.Table, p *Provider) {
	if p.Kind != KindAzure {
		t.Refuse([]string{"api_version"}, `only a provider with kind = "azure" has this key`)
		return
	}
	p.APIVersion = t.Expanded("api_version")
	if p.APIVersion != "" && !versionWord.MatchString(p.APIVersion) {
		t.Mistake("api_version", "expected a version of Azure's API", `write api_version = "2024-10-21", or leave it out for the v1 API`)
	}
	if !t.Has("base_url") {
		t.Mistake("base_url", "missing: each resource has its own", `write base_url = "https://NAME.openai.azure.com"`)
	}
	base, _, _ := strings.Cut(p.BaseURL, "/openai/deployments/") // as its portal shows it
	p.BaseURL = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(base, "/v1"), "/openai"), "/")
}

var versionWord = regexp.MustCompile(`^[0-9A-Za-z.-]{1,32}$`)

// ofAzure reports whether the address is Azure's own, to which its key may go.
func ofAzure(p *Provider) bool {
	u, err := url.Parse(p.BaseURL)
	return p.Kind == KindAzure && err == nil && u.Scheme == "https" && strings.HasSuffix(u.Hostname(), ".azure.com")
}

var tierWord = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// otherRoute matches addresses of requests that are not made here.
var otherRoute = regexp.MustCompile(`/(completions|responses|embeddings|messages|api/chat|api/generate)$|:\w*[gG]enerateContent$`)

// readBaseURL reads the address that routes of this service are below. The route is left out of one that ends in it. The
// address is never quoted: it may hold a password.
func readBaseURL(t *document.Table, service formats.Provider) string {
	text := strings.TrimRight(t.Expanded("base_url"), "/")
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		t.Mistake("base_url", "expected an address", `write "https://host/v1"`)
	case u.User != nil:
		t.Mistake("base_url", "an address with a user or password does not belong in this file", "use api_key_env")
	case u.RawQuery != "" && service.Name() == string(KindAzure):
		t.Mistake("base_url", "expected an address without ?", `write "https://NAME.openai.azure.com", and the version as api_version`)
	case u.RawQuery != "" || u.Fragment != "":
		t.Mistake("base_url", "expected an address without ? and #", `write "https://host/v1"`)
	case service.Serves(u.Path):
		text = strings.TrimSuffix(text, service.Path()) // one of Anthropic's without /v1 stays whole
	case service.Name() == string(KindOllama) && strings.HasSuffix(u.Path, "/v1"):
		t.Mistake("base_url", "below /v1 Ollama speaks OpenAI's format", `write kind = "openai", or the address without /v1`)
	case otherRoute.MatchString(u.Path):
		t.Mistake("base_url", fmt.Sprintf("it ends in a route, but requests of kind %q go to %s", service.Name(), service.Path()), `write "https://host/v1"`)
	}
	return strings.TrimRight(text, "/")
}
