package count_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

func TestModelsThatBringInputOfTheirOwn(t *testing.T) {
	for why, models := range map[string]string{
		"web pages": `openai/gpt-5.2:online gpt-4o:online openrouter/openai/gpt-4o:online deepseek/deepseek-r1:free:online
			gpt-4o:online/linkup-deep GPT-4o:Online
			gpt-4o-search-preview gpt-4o-mini-search-preview gpt-4o-search-preview-2025-03-11 openai/gpt-4o-mini-search-preview
			gpt-5-search-api gpt-5-search-api-2025-10-14
			sonar sonar-pro sonar-reasoning sonar-reasoning-pro sonar-deep-research perplexity/sonar perplexity/sonar-pro:free
			sonar-reasoning-3 openrouter/perplexity/sonar-pro perplexity:sonar Sonar-Pro
			llama-3.1-sonar-small-128k-online pplx-70b-online
			groq/compound groq/compound-mini compound-beta compound-beta-mini groq:compound-beta
			o3-deep-research o3-deep-research-2025-06-26 o4-mini-deep-research openai/o4-mini-deep-research qwen-deep-research
			deep-research-pro-preview-12-2025 jina-deepsearch-v1 exa exa-research exa-research-pro exa-answer openrouter/fusion
			brave brave-research fastgpt mirothinker-1-7-deepresearch-mini xai/grok-4.20-multi-agent-0309 grok-4.20-multi-agent-beta-0309
			venice-uncensored:web`,
		"router": `openrouter/auto auto openrouter/auto-beta openrouter/auto-code Auto openrouter/auto:nitro model-router azure/model-router-2025-11-18 openrouter/free switchpoint/router
			auto-model auto-model-premium nanogpt/coding-router:high kilo-auto/balanced`,
		"provider keeps": `@preset/ravenel-bridge openai/gpt-4o@preset/copywriter presets/production-chat`,
		"": `gpt-4o gpt-4o-search gpt-4o-mini gpt-5 o3 o4-mini text-search-davinci-doc-001 my-sonarqube-helper sonarqube my-sonar
			research-llama llama-research alibaba/tongyi-deepresearch-30b-a3b my-deep-research-helper-7b acme/compound-interest
			auto-gpt autocoder llama-3.3-70b-versatile deepseek-r1:8b gpt-4o:extended meta-llama/llama-3-8b:free house-7b:7b
			online online/llama qwen-online relace/relace-search exaone-3.5 exa-1b-chat acme/free acme/router fusion-7b
			ft:gpt-4o:sonar::auto openai/ft:gpt-4o:acme:online:1 us.anthropic.claude-sonnet-4-20250514-v1:0 - : :: ""
			web acme/web brave-7b grok-4.20 kilo-auto/other`,
	} {
		for model := range strings.FieldsSeq(models) {
			r := wire.Request{Model: model, Messages: wire.Prompt("Hello")}
			got, kind := count.Uncounted(&r), count.Of(&r).Certainty
			if (why == "") != (got == "") || !strings.Contains(got, why) || (kind == tokenizer.None) != (why != "") {
				t.Errorf("%s: %q, counted as %s, want something of %q", model, got, kind, why)
			}
		}
	}
}

// What was parsed is judged by its model, too, and by the one that it is counted for.
func TestParsedRequestsToModelsThatBringInput(t *testing.T) {
	const body = `{"model":%q,"max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}`
	for _, format := range formats.All() {
		r, err := format.Parse(fmt.Appendf(nil, body, "openrouter/auto"))
		if err != nil {
			t.Fatal(err)
		}
		if n := count.Of(r); n.Certainty != tokenizer.None {
			t.Errorf("%s: %+v", format.Name(), n)
		}
	}
	for model, want := range map[string]bool{"": true, "gpt-4o": false, "gpt-4o:online": true} {
		r, _, err := formats.ParseAny(fmt.Appendf(nil, body, "sonar-pro"), model)
		if err != nil {
			t.Fatal(err)
		}
		if got := count.Of(r).Certainty == tokenizer.None; got != want {
			t.Errorf("%q: not countable is %v, want %v", model, got, want)
		}
	}
}

// So is what else a body says for a model to bring more than it shows.
func TestParsedRequestsThatBringInput(t *testing.T) {
	for members, want := range map[string]string{
		`"models":["openai/gpt-4o","perplexity/sonar"]`: "web pages that the model reads",
		`"models":["openai/gpt-4o","house-7b"]`:         "",
		`"models":"openrouter/auto"`:                    "a model that a router chooses",
		`"models":[7,{}],"enable_search":"yes"`:         "",
		`"preset":"copywriter"`:                         "preset",
		`"enable_search":true`:                          "enable_search",
		`"enable_search":false`:                         "",
	} {
		r, err := openai.Format.Parse([]byte(`{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}],` + members + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := count.Uncounted(r); got != want {
			t.Errorf("%s: %q, want %q", members, got, want)
		}
	}
}
