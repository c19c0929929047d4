package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"
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

// The prices are the list prices that the providers published when this was written: $0.15 and $0.60 with
// cached input at $0.075 for gpt-4o-mini; $1 and $5 with cache reads at $0.10 and writes at $1.25 and $2
// for claude-haiku-4-5. The simulator's are made up.
var initProviders = []initValues{
	{Kind: KindOpenAI, Model: "gpt-4o-mini", KeyEnv: "OPENAI_API_KEY", Input: "0.15", Output: "0.60", CacheRead: "0.075"},
	{Kind: KindAnthropic, Model: "claude-haiku-4-5", KeyEnv: "ANTHROPIC_API_KEY", Input: "1.00", Output: "5.00", CacheRead: "0.10", CacheWrite: "1.25", CacheHour: "2.00"},
	{Kind: KindSim, Model: "sim", Input: "1.00", Output: "2.00"},
}

// Init returns a new project's configuration for a kind of provider ("openai", "anthropic" or
// "sim"), with a comment on every key. [Parse] reads it without a warning. It is nil for another
// kind.
func Init(provider string) []byte {
	for _, values := range initProviders {
		if string(values.Kind) != provider {
			continue
		}
		var b bytes.Buffer
		if err := initTemplate.Execute(&b, values); err != nil {
			panic(fmt.Sprintf("config: template of the configuration: %v", err))
		}
		return b.Bytes()
	}
	return nil
}
