package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

//go:embed init.toml.tmpl
var initFile string

var initTemplate = template.Must(template.New("config").Parse(initFile))

// initValues are what differs between the providers in a new configuration.
type initValues struct {
	Name                  string // of the provider
	Kind                  Kind
	BaseURL               string // where it is not the kind's own
	Model                 string
	KeyEnv                string
	Input, Output         string // dollars per million tokens
	CacheRead             string
	CacheWrite, CacheHour string // Anthropic's prices for 5 minutes and for an hour
}

// ModelKey is the model as a key of TOML.
func (v initValues) ModelKey() string {
	if strings.ContainsFunc(v.Model, func(r rune) bool { return !bareKey(r) }) {
		return strconv.Quote(v.Model)
	}
	return v.Model
}

// gateways are the services that a project can be begun with and that have no address of their kind's own.
var gateways = []initValues{
	{Name: "openrouter", Kind: KindOpenAI, BaseURL: "https://openrouter.ai/api/v1", Model: "openai/gpt-4o-mini", KeyEnv: "OPENROUTER_API_KEY"},
	{Name: "azure", Kind: KindAzure, BaseURL: "https://NAME.openai.azure.com", Model: "gpt-4o-mini", KeyEnv: "AZURE_OPENAI_API_KEY"},
}

// Beginnings are the names of what [Init] begins a project with, the simulator last.
func Beginnings() (names []string) {
	for _, p := range formats.Providers() {
		if p.Model != "" {
			names = append(names, p.Name())
		}
	}
	for _, g := range gateways {
		names = append(names, g.Name)
	}
	return append(names, string(KindSim))
}

// begin is where a project with this provider begins; ok is false if it is none.
func begin(name string) (v initValues, ok bool) {
	for _, g := range gateways {
		if g.Name == name {
			return g, true
		}
	}
	service, err := formats.Of(name)
	return initValues{Name: name, Kind: Kind(name), Model: service.Model, KeyEnv: service.KeyVariable}, err == nil && service.Model != ""
}

// valuesOf are those of a provider; ok is false if it is none. The prices are the list's; the simulator's are made
// up.
func valuesOf(name string) (v initValues, ok bool) {
	if name == string(KindSim) {
		return initValues{Name: name, Kind: KindSim, Model: "sim", Input: "1.00", Output: "2.00"}, true
	}
	if v, ok = begin(name); !ok {
		return v, false
	}
	price, known := models.Of(v.Model).Price()
	switch {
	case v.Kind == KindOllama:
		price = budget.Price{} // one's own machine
	case !known:
		panic("config: the first model of a provider has no list price: " + v.Model)
	}
	v.Input, v.Output = dollars(price.Input), dollars(price.Output)
	if price.CacheRead != price.Input {
		v.CacheRead = dollars(price.CacheRead)
	}
	if price.CacheWrite5m != price.Input {
		v.CacheWrite, v.CacheHour = dollars(price.CacheWrite5m), dollars(price.CacheWrite1h)
	}
	return v, true
}

// Init returns a new project's configuration for a provider, one of [Beginnings], with a comment on every key. [Parse]
// reads it without a warning. It is nil for another.
func Init(provider string) []byte {
	values, ok := valuesOf(provider)
	if !ok {
		return nil
	}
	var b bytes.Buffer
	if err := initTemplate.Execute(&b, values); err != nil {
		panic(fmt.Sprintf("config: template of the configuration: %v", err))
	}
	return b.Bytes()
}
