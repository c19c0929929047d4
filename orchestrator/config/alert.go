package config

import (
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/alert"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Alert is one of [[alerts]]: where alerts of some kinds go, a command or a webhook.
type Alert struct {
	On         []alert.Kind // all of them, where the file says none
	Command    []string
	WebhookEnv string // the environment variable that holds the address: webhook_env
	Format     alert.Format
}

func readAlert(t *document.Table) Alert {
	a := Alert{
		Command:    t.Texts("command"),
		WebhookEnv: t.Text("webhook_env"),
		Format:     document.Choice(t, "format", alert.JSON, alert.Slack),
	}
	for _, kind := range t.Texts("on") {
		if !slices.Contains(alert.Kinds, alert.Kind(kind)) {
			t.Mistake("on", document.Quote(kind)+" is none of "+document.Choices(alert.Kinds...), "")
			continue
		}
		a.On = append(a.On, alert.Kind(kind))
	}
	if !t.Has("on") {
		a.On = slices.Clone(alert.Kinds)
	}
	switch {
	case len(a.Command) == 0 && a.WebhookEnv == "":
		t.Mistake("command", "an alert goes nowhere", `give it command = ["notify-send", "orchestrate"] or webhook_env = "VARIABLE"`)
	case len(a.Command) > 0 && a.WebhookEnv != "":
		t.Mistake("webhook_env", "an alert goes to a command or a webhook", "write two [[alerts]]")
	case len(a.Command) > 0 && a.Command[0] == "":
		t.Mistake("command", "names no program", "")
	case a.WebhookEnv != "" && !envName.MatchString(a.WebhookEnv):
		t.Mistake("webhook_env", document.Quote(document.Redact(a.WebhookEnv))+" is no name of an environment variable", "the address itself stays out of this file")
	}
	t.Done()
	return a
}

func (a Alert) table() map[string]any {
	t := map[string]any{"on": a.On, "format": string(a.Format)}
	if a.Command != nil {
		t["command"] = a.Command
	}
	if a.WebhookEnv != "" {
		t["webhook_env"] = a.WebhookEnv
	}
	return t
}

// leastBurn is the shortest burn_warning: it is looked at less often than that.
const leastBurn = time.Minute
