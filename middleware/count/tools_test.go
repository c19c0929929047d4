package count_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// parameter is one of a function, in the flat form that OpenAI documents the count of.
type parameter struct {
	name, kind, description string
	enum                    []string
}

// cookbook is what OpenAI's documentation says a model counts for functions (OpenAI Cookbook, "How to count
// tokens with tiktoken", section 7): for each, some tokens, its name and description, and for each
// parameter its name, type and description and its choices; and twelve at the end.
func cookbook(model string, init int64, tools map[string][]parameter, description string) int64 {
	sum := int64(12)
	for name, parameters := range tools {
		sum += init + texts(model, name+":"+strings.TrimSuffix(description, "."))
		if len(parameters) > 0 {
			sum += 3
		}
		for _, p := range parameters {
			sum += 3 + texts(model, p.name+":"+p.kind+":"+strings.TrimSuffix(p.description, "."))
			if p.enum != nil {
				sum -= 3
			}
			for _, choice := range p.enum {
				sum += 3 + texts(model, choice)
			}
		}
	}
	return sum
}

func schemaOf(parameters []parameter) json.RawMessage {
	properties := map[string]any{}
	for _, p := range parameters {
		property := map[string]any{"type": p.kind, "description": p.description}
		if p.enum != nil {
			property["enum"] = p.enum
		}
		properties[p.name] = property
	}
	schema, err := json.Marshal(map[string]any{"type": "object", "properties": properties})
	if err != nil {
		panic(err)
	}
	return schema
}

// Whatever the functions, the bound is not below what OpenAI documents.
func TestCountCoversWhatOpenAIDocumentsForTools(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(strings.Fields(
			"get set the weather city unit celsius_degrees a of ID 2024-11-05 straße 天气 in_the_shade x")), 1, 12)
		text := rapid.Custom(func(t *rapid.T) string { return strings.Join(words.Draw(t, "words"), " ") })
		description := text.Draw(t, "description")
		functions := map[string][]parameter{}
		for i := range rapid.IntRange(1, 5).Draw(t, "functions") {
			name := fmt.Sprint("function_", i)
			functions[name] = nil
			for k := range rapid.IntRange(0, 6).Draw(t, "parameters") {
				p := parameter{name: fmt.Sprint("p", k), kind: "string", description: text.Draw(t, "what")}
				for j := range rapid.IntRange(0, 40).Draw(t, "choices") {
					p.enum = append(p.enum, rapid.SampledFrom([]string{"a", "b c", "celsius", fmt.Sprint(j)}).Draw(t, "choice"))
				}
				functions[name] = append(functions[name], p)
			}
		}
		for model, init := range map[string]int64{"gpt-4o": 7, "gpt-4": 10} {
			r := wire.Request{Model: model, Messages: wire.Prompt("Hello")}
			without := count.Of(&r)
			for name, parameters := range functions {
				r.Tools = append(r.Tools, wire.Tool{Name: name, Description: description, Schema: schemaOf(parameters)})
			}
			with := count.Of(&r)
			documented := cookbook(model, init, functions, description)
			if bound := with.Bound() - without.Bound(); bound < documented {
				t.Errorf("%s: bound %d, documented %d", model, bound, documented)
			}
		}
	})
}
