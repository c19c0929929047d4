// Package figures makes a usage of what answers say of tokens and costs.
//
// A [Report] is what one body or event says, under whatever names. A [Meter] follows the reports of one answer and fills
// its usage in.
package figures

import (
	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Report is what an answer says of its usage, as it says it, under the names of all providers: servers and gateways
// put one's names into another's format. They overlap; a [Meter] takes them apart.
//
// Sources: the API references of OpenAI, Anthropic, xAI, DeepSeek, Groq, Moonshot, OpenRouter, Cohere, Perplexity,
// Gemini and Bedrock, and what users of gateways report (BerriAI/litellm#11789, earendil-works/pi#2017,
// jeremychone/rust-genai#258).
type Report struct {
	prompt, Completion, total Figure // OpenAI: prompt includes what the cache gave or took, and audio
	input, Output             Figure // Anthropic: input excludes what the cache gave or took; Responses: it includes that
	hit, miss                 Figure // DeepSeek: the prompt in two

	read, write, write5m, write1h Figure // of the cache
	excludes                      bool   // a figure of the cache came under a name that stands beside the input
	audioInput, audioOutput       Figure
	reasoning                     Figure
	thoughts, tools               Figure // Gemini: beside completion and prompt
	citations                     Figure // Perplexity: beside the prompt

	searches Figure       // web searches of Anthropic's
	passes   budget.Usage // of the model, beside the last
	tooMuch  bool         // in them: a pass, or their sum, that cannot be

	cost      *budget.NanoUSD
	wrongCost bool            // one that none can be was said
	ownKey    bool            // OpenRouter: then cost is its fee alone
	noKey     bool            // it says that it is not so
	upstream  *budget.NanoUSD // what is paid with the own key beside it

	Tier reading.TierWords
}

// Say takes a usage object, or another one of the same report.
func (f *Report) Say(usage reading.Node) {
	usage.Members(func(key string, v reading.Node) {
		if at := f.named(key); at != nil {
			at.say(v)
			return
		}
		f.part(key, v)
	})
}

// named returns the figure that has a key of a usage object, nil if that is none.
func (f *Report) named(key string) *Figure {
	switch key {
	case "prompt_tokens", "promptTokenCount", "prompt_token_count":
		return &f.prompt
	case "completion_tokens", "candidatesTokenCount", "candidates_token_count":
		return &f.Completion
	case "total_tokens", "totalTokens", "totalTokenCount", "total_token_count":
		return &f.total
	case "input_tokens", "inputTokens", "inputTokenCount":
		return &f.input
	case "output_tokens", "outputTokens", "outputTokenCount":
		return &f.Output
	case "prompt_cache_hit_tokens":
		return &f.hit
	case "prompt_cache_miss_tokens":
		return &f.miss
	case "cached_tokens", "num_cached_tokens", "cachedContentTokenCount", "cached_content_token_count":
		return &f.read
	case "cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount":
		f.excludes = true
		return &f.read
	case "cache_creation_input_tokens", "cacheWriteInputTokens", "cacheWriteInputTokenCount":
		f.excludes = true
		return &f.write
	case "claude_cache_creation_5_m_tokens":
		return &f.write5m
	case "claude_cache_creation_1_h_tokens":
		return &f.write1h
	case "reasoning_tokens":
		return &f.reasoning
	case "thoughtsTokenCount", "thoughts_token_count":
		return &f.thoughts
	case "toolUsePromptTokenCount", "tool_use_prompt_token_count":
		return &f.tools
	case "citation_tokens":
		return &f.citations
	}
	return nil
}

// part takes what is no figure by itself.
func (f *Report) part(key string, v reading.Node) {
	switch key {
	case "prompt_tokens_details", "input_tokens_details", "prompt_token_details", "input_token_details":
		v.Members(f.inputDetail)
	case "completion_tokens_details", "output_tokens_details", "completion_token_details", "output_token_details":
		v.Members(f.outputDetail)
	case "promptTokensDetails":
		ofAudio(&f.audioInput, v)
	case "candidatesTokensDetails":
		ofAudio(&f.audioOutput, v)
	case "cache_creation":
		v.Members(f.written)
	case "tokens", "billed_units": // Cohere
		f.input.say(v.Get("input_tokens"))
		f.Output.say(v.Get("output_tokens"))
	case "server_tool_use":
		f.searches.say(v.Get("web_search_requests"))
	case "iterations":
		f.iterations(v)
	case "cost":
		if v.Kind() == '{' { // Perplexity
			v = v.Get("total_cost")
		}
		f.bill(dollars(v), v)
	case "cost_in_usd_ticks":
		f.bill(ticks(v), v)
	case "usd_spent": // AI/ML API
		f.bill(dollars(v), v)
	case "is_byok":
		f.ownKey, f.noKey = f.ownKey || !v.Empty(), f.noKey || string(v) == "false"
	case "extra_properties": // Vertex AI
		f.Tier.SayTraffic(v.Get("google").Get("traffic_type"))
	case "trafficType":
		f.Tier.SayTraffic(v)
	case "cost_details":
		f.upstream = larger(f.upstream, dollars(v.Get("upstream_inference_cost")))
	default:
		f.Tier.Say(key, v)
	}
}

func (f *Report) inputDetail(key string, v reading.Node) {
	switch key {
	case "cached_tokens", "cache_read_tokens", "cached_read_tokens":
		f.read.say(v)
	case "cache_write_tokens", "cached_write_tokens", "cache_creation_tokens", "cached_creation_tokens", "cache_creation_input_tokens":
		f.write.say(v)
	case "cache_creation", "cache_creation_token_details":
		v.Members(f.written)
	case "audio_tokens":
		f.audioInput.say(v)
	}
}

func (f *Report) outputDetail(key string, v reading.Node) {
	switch key {
	case "reasoning_tokens", "thinking_tokens":
		f.reasoning.say(v)
	case "audio_tokens":
		f.audioOutput.say(v)
	}
}

// ofAudio takes the figure of audio in a list of Gemini's, which has one a modality.
func ofAudio(f *Figure, list reading.Node) {
	list.Elements(func(_ int, v reading.Node) {
		if v.Get("modality").Text() == "AUDIO" {
			f.say(v.Get("tokenCount"))
		}
	})
}

// written splits what was written to the cache by how long it lasts.
func (f *Report) written(key string, v reading.Node) {
	switch key {
	case "ephemeral_5m_input_tokens":
		f.write5m.say(v)
	case "ephemeral_1h_input_tokens":
		f.write1h.say(v)
	}
}

// iterations adds the passes that Anthropic leaves out of the other figures, which compact the history or ask an
// advisor. Both are billed.
func (f *Report) iterations(passes reading.Node) {
	f.passes, f.tooMuch = budget.Usage{}, false
	passes.Elements(func(_ int, pass reading.Node) {
		if kind := pass.Get("type").Text(); kind != "compaction" && kind != "advisor_message" {
			return
		}
		var g Report
		g.Say(pass)
		u, _, doubt := g.usage()
		if sum := f.passes.Add(u); doubt == "" && sum.Possible() {
			f.passes = sum
		} else {
			f.tooMuch = true
		}
	})
}

// SayTimings takes what llama.cpp tells beside a usage, or in place of one: the prompt in two, and the output
// (ggml-org/llama.cpp#15827).
func (f *Report) SayTimings(v reading.Node) {
	f.hit.say(v.Get("cache_n"))
	f.miss.say(v.Get("prompt_n"))
	f.Output.say(v.Get("predicted_n"))
}

// SayCounts takes what Ollama tells beside an answer. It leaves out the prompt where all of that was in its cache.
func (f *Report) SayCounts(prompt, output reading.Node) {
	f.prompt.say(prompt)
	f.Output.say(output)
}

// bill takes the cost that v says, nil if that is none.
func (f *Report) bill(cost *budget.NanoUSD, v reading.Node) {
	f.wrongCost = f.wrongCost || cost == nil && v.Numeric()
	f.cost = larger(f.cost, cost)
}

// larger is the larger of two costs, nil if none is known.
func larger(was, is *budget.NanoUSD) *budget.NanoUSD {
	if is != nil && (was == nil || *was < *is) {
		return is
	}
	return was
}

// Billed is all that the answer says it cost, nil if that is nothing or only a part. A cost below the upstream's is the
// fee for an own key, as OpenRouter's documentation of usage has it without is_byok.
func (f *Report) Billed() *budget.NanoUSD {
	if f.cost == nil {
		return nil
	}
	own := f.ownKey || !f.noKey && f.upstream != nil && *f.upstream > *f.cost
	switch {
	case !own:
		return f.cost
	case f.upstream == nil || *f.cost+*f.upstream > budget.MaxAttemptCost:
		return nil
	}
	sum := *f.cost + *f.upstream
	return &sum
}
