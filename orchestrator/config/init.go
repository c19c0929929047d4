package config

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"text/template"

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

// initPrices are the list prices that the providers published when this was written. The simulator's are made up.
var initPrices = map[string]initValues{
	"gpt-4o-mini":      {Input: "0.15", Output: "0.60", CacheRead: "0.075"},
	"claude-haiku-4-5": {Input: "1.00", Output: "5.00", CacheRead: "0.10", CacheWrite: "1.25", CacheHour: "2.00"},
	"sim":              {Input: "1.00", Output: "2.00"},
}

// valuesOf are those of a kind of provider; ok is false if it is none.
func valuesOf(kind string) (v initValues, ok bool) {
	service, err := formats.Of(kind)
	if err != nil && kind != string(KindSim) {
		return v, false
	}
	model := cmp.Or(service.Model, "sim")
	v = initPrices[model]
	v.Kind, v.Model, v.KeyEnv = Kind(kind), model, service.KeyVariable
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
