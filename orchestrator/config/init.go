package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

//go:embed init.toml.tmpl
var initFile string

var initTemplate = template.Must(template.New("config").Parse(initFile))

// initValues are what differs between the providers in a new configuration.
type initValues struct {
	Kind                  Kind
	Model                 string
	KeyEnv                string
	Input, Output         string // dollars per million tokens
	CacheRead             string
	CacheWrite, CacheHour string // Anthropic's prices for 5 minutes and for an hour
}

// valuesOf are those of a kind of provider; ok is false if it is none. The prices are the list's; the simulator's are made
// up.
func valuesOf(kind string) (v initValues, ok bool) {
	if kind == string(KindSim) {
		return initValues{Kind: KindSim, Model: "sim", Input: "1.00", Output: "2.00"}, true
	}
	service, err := formats.Of(kind)
	if err != nil || service.Model == "" {
		return v, false
	}
	v = initValues{Kind: Kind(kind), Model: service.Model, KeyEnv: service.KeyVariable}
	price, ok := models.Of(service.Model).Price()
	if !ok {
		panic("config: the first model of a provider has no list price: " + service.Model)
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

// Init returns a new project's configuration for a kind of provider ("openai", "anthropic" or
// "sim"), with a comment on every key. [Parse] reads it without a warning. It is nil for another
// kind.
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
