package config

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// ProviderModel is one [providers.NAME.models.MODEL]: what it says goes before what its provider says.
type ProviderModel struct {
	Caps           wire.Caps
	UnboundedInput int64 // 0 is the provider's
}

// model is what p has for a model by its name, or its family's.
func (p *Provider) model(name string) ProviderModel {
	if own, ok := p.Models[name]; ok {
		return own
	}
	return p.Models[models.Family(name)]
}

// CapsOf are the output caps of a provider's calls of a model: the model's own or its family's, the provider's, the budget's; of all
// ceilings the least.
func (c *Config) CapsOf(p Provider, model string) wire.Caps {
	return p.caps(model).Or(wire.Caps{Default: c.Budget.DefaultMaxOutput})
}

// caps are those that a provider or a model of it has.
func (p *Provider) caps(model string) wire.Caps { return p.model(model).Caps.Or(p.Caps) }

// agentOutput is the output cap of a command's calls where nobody gives another: what a coding agent needs for a file. By
// themselves agents ask for up to 128,000, or for none.
const agentOutput = 16_384

// CommandOutput is the output cap of the calls of a worker with a command that has none of its own.
func (c *Config) CommandOutput(w Worker) int64 {
	provider := c.ProviderOf(w)
	return provider.caps(w.Model).Or(wire.Caps{Default: agentOutput}).Default
}

// defaultOutput is the output cap of a worker that has none of its own.
func (c *Config) defaultOutput(w Worker) int64 {
	if w.Command != nil {
		return c.CommandOutput(w)
	}
	return c.CapsOf(c.ProviderOf(w), w.Model).Default
}

const outputCapKey = "output_cap_key"

// readCaps reads the output caps of a provider, or of one of its models.
func readCaps(t *document.Table, kind Kind) wire.Caps {
	c := wire.Caps{
		Default: t.OutputCap("default_max_output_tokens", 0),
		Most:    t.OutputCap("max_output_tokens", 0),
		Least:   t.OutputCap("min_output_tokens", 0),
	}
	if c.Most > 0 && c.Default > c.Most {
		t.Mistake("default_max_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", c.Default, c.Most), "")
	}
	if c.Most > 0 && c.Least > c.Most {
		t.Mistake("min_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", c.Least, c.Most), "")
	}
	switch {
	case kind != KindOpenAI && kind != KindAzure:
		t.Refuse([]string{outputCapKey}, `only a provider with kind = "openai" or "azure" has a choice of it`)
	case t.Has(outputCapKey):
		c.Key = document.Choice(t, outputCapKey, models.MaxTokens, models.MaxCompletionTokens)
	default:
		t.Allow(outputCapKey)
	}
	return c
}

// readModels reads the models of a provider that have something of their own.
func readModels(t *document.Table, kind Kind) map[string]ProviderModel {
	var all map[string]ProviderModel
	for _, m := range t.Tables("models") {
		if all == nil {
			all = make(map[string]ProviderModel)
		}
		if len(m.Values) == 0 {
			m.Mistake("", "says nothing", "give it max_output_tokens, say")
		}
		all[m.Name()] = ProviderModel{Caps: readCaps(m, kind), UnboundedInput: readAllowance(m)}
		m.Done()
	}
	return all
}

func putCaps(t map[string]any, c wire.Caps) {
	for key, n := range map[string]int64{
		"default_max_output_tokens": c.Default, "max_output_tokens": c.Most, "min_output_tokens": c.Least,
	} {
		if n > 0 {
			t[key] = n
		}
	}
	if c.Key != "" {
		t[outputCapKey] = c.Key
	}
}

// putModels puts the models of a provider into its table.
func putModels(t map[string]any, all map[string]ProviderModel) {
	if len(all) == 0 {
		return
	}
	tables := make(map[string]any, len(all))
	for name, m := range all {
		model := map[string]any{}
		putCaps(model, m.Caps)
		putAllowance(model, m.UnboundedInput)
		tables[name] = model
	}
	t["models"] = tables
}

// ceilings warns of workers that ask for more than is ever sent for them.
func (k checker) ceilings() {
	for i, w := range k.c.Workers {
		caps := k.c.CapsOf(k.c.ProviderOf(w), w.Model)
		if caps.Most > 0 && w.MaxOutput > caps.Most && w.MaxOutput != caps.Default {
			k.AddWarning(k.Locate([]string{"workers", document.Index(i), "max_output_tokens"}), "workers.max_output_tokens",
				fmt.Sprintf("%d is lowered to the max_output_tokens of its provider or model, %d", w.MaxOutput, caps.Most), "")
		}
	}
}
