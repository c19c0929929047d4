package formats_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// answeredBy reads what a server sent, plain or as a stream, as its client does, and returns what came of it.
func answeredBy(t *testing.T, f wire.Format, sent string) (*wire.Response, *wire.Error) {
	t.Helper()
	if sent[0] == '{' || sent[0] == ' ' {
		r, err := f.Decode([]byte(sent))
		if err != nil {
			return wire.AsError(err).Answer, wire.AsError(err)
		}
		return r, nil
	}
	var events sse.Events
	s, failed := f.Stream(), (*wire.Error)(nil)
	list, err := events.Feed([]byte(sent))
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range append(list, events.End()...) {
		if event.Data == nil || s.Done() {
			continue
		}
		if _, _, err := s.Event(event.Name, event.Data); err != nil && failed == nil {
			errors.As(err, &failed)
		}
	}
	return s.Response(), failed
}

// What servers were seen to answer, with where that was reported, and what it comes to. The words and figures are others.
func TestAnswersOfServersInTheWild(t *testing.T) {
	const (
		ok     = `{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],`
		start  = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}` + "\n\n"
		finish = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
		done   = "data: [DONE]\n\n"
		stop   = wire.FinishStop
	)
	type want struct {
		Usage   budget.Usage
		Unknown budget.Sides
		Doubt   bool
		Billed  budget.NanoUSD
		Tier    budget.Tier
		Finish  wire.Finish
		Status  int // of a failure
	}
	ended := func(u budget.Usage) want { return want{Usage: u, Finish: stop} }
	tests := []struct {
		server string // and where it was seen
		f      wire.Format
		sent   string
		want   want
	}{
		// What it cost.
		{"OpenRouter, own key: tailcallhq/forgecode#1641", openai.Format,
			ok + `"usage":{"prompt_tokens":900,"completion_tokens":110,"total_tokens":1010,"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":0.03,"upstream_inference_prompt_cost":0.02,"upstream_inference_completions_cost":0.01}}}`,
			want{Usage: budget.Usage{Input: 900, Output: 110}, Billed: 30_000_000, Finish: stop}},
		{"OpenRouter, own key and a fee: Kilo-Org/kilocode#13841", openai.Format,
			ok + `"usage":{"prompt_tokens":900,"completion_tokens":110,"cost_details":{"upstream_inference_cost":0.01},"is_byok":true,"cost":0.0005}}`,
			want{Usage: budget.Usage{Input: 900, Output: 110}, Billed: 10_500_000, Finish: stop}},
		{"OpenRouter, its own key: 2witstudios/PageSpace#1561", openai.Format,
			ok + `"usage":{"prompt_tokens":900,"completion_tokens":110,"cost":0.01,"is_byok":false,"cost_details":{"upstream_inference_cost":0.007}}}`,
			want{Usage: budget.Usage{Input: 900, Output: 110}, Billed: 10_000_000, Finish: stop}},
		{"OpenRouter, own key by its documentation of usage", openai.Format,
			ok + `"usage":{"completion_tokens":2,"cost":0.0095,"cost_details":{"upstream_inference_cost":0.19},"prompt_tokens":194,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":100,"audio_tokens":0},"total_tokens":196}}`,
			want{Usage: budget.Usage{Input: 94, CacheWrite5m: 100, Output: 2}, Billed: 199_500_000, Finish: stop}},
		{"xAI: Wei-Shaw/sub2api#5771", openai.Format,
			ok + `"usage":{"prompt_tokens":1012,"completion_tokens":149,"total_tokens":1441,"prompt_tokens_details":{"cached_tokens":12},"completion_tokens_details":{"reasoning_tokens":280},"cost_in_usd_ticks":23285600,"num_sources_used":0}}`,
			want{Usage: budget.Usage{Input: 1000, CacheRead: 12, Output: 429, Reasoning: 280}, Billed: 2_328_560, Finish: stop}},
		{"AI/ML API: its documentation of Gemini", openai.Format,
			ok + `"usage":{"completion_tokens":57,"completion_tokens_details":{"reasoning_tokens":95},"extra_properties":{"google":{"traffic_type":"ON_DEMAND"}},"prompt_tokens":9,"total_tokens":161},"meta":{"usage":{"credits_used":1189,"usd_spent":0.0005946}}}`,
			want{Usage: budget.Usage{Input: 9, Output: 152, Reasoning: 95}, Billed: 594_600, Tier: budget.Tier{Service: "standard"}, Finish: stop}},
		{"LiteLLM, cost in a stream: anomalyco/opencode#43818", openai.Format,
			start + finish + `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"cost":0.00002}}` + "\n\n" + done,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Billed: 20_000, Finish: stop}},

		// Input that stands elsewhere.
		{"Perplexity: bgeneto/open-webui-cost-tracker#6", openai.Format,
			ok + `"usage":{"prompt_tokens":108,"completion_tokens":325,"total_tokens":433,"citation_tokens":729,"num_search_queries":7,"reasoning_tokens":7324}}`,
			want{Usage: budget.Usage{Input: 837, Output: 7649, Reasoning: 7324}, Doubt: true, Finish: stop}},
		{"Perplexity, with a total of all: perplexityai/api-discussion#319", openai.Format,
			ok + `"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":130,"citation_tokens":100}}`,
			ended(budget.Usage{Input: 110, Output: 20})},
		{"Mistral: vercel/ai#14382", openai.Format,
			ok + `"usage":{"prompt_tokens":30,"completion_tokens":2,"total_tokens":32,"num_cached_tokens":16,"prompt_audio_seconds":null}}`,
			ended(budget.Usage{Input: 14, CacheRead: 16, Output: 2})},
		{"Bifrost: maximhq/bifrost#6500", openai.Format,
			ok + `"usage":{"prompt_tokens":100,"completion_tokens":7,"total_tokens":107,"prompt_tokens_details":{"cached_read_tokens":60,"cached_write_tokens":30}}}`,
			ended(budget.Usage{Input: 10, CacheRead: 60, CacheWrite5m: 30, Output: 7})},
		{"Portkey for Bedrock: Portkey-AI/gateway#1211", openai.Format,
			ok + `"usage":{"prompt_tokens":36,"completion_tokens":19,"total_tokens":1591,"cache_read_input_tokens":1536,"cache_creation_input_tokens":0}}`,
			ended(budget.Usage{Input: 36, CacheRead: 1536, Output: 19})},
		{"LiteLLM: BerriAI/litellm#11364", openai.Format,
			ok + `"usage":{"prompt_tokens":9880,"completion_tokens":512,"total_tokens":10392,"prompt_tokens_details":{"text_tokens":null,"audio_tokens":null,"cached_tokens":6636,"cache_creation_tokens":3243},"cache_read_input_tokens":6636,"cache_creation_input_tokens":3243,"completion_tokens_details":{"reasoning_tokens":171}}}`,
			ended(budget.Usage{Input: 1, CacheRead: 6636, CacheWrite5m: 3243, Output: 512, Reasoning: 171})},
		{"LiteLLM, writes for an hour: BerriAI/litellm#31724", openai.Format,
			ok + `"usage":{"prompt_tokens":4818,"completion_tokens":47,"prompt_tokens_details":{"cached_tokens":0,"text_tokens":15,"cache_creation_tokens":4803,"cache_creation_token_details":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":4803}},"cache_creation_input_tokens":4803,"cache_read_input_tokens":0}}`,
			ended(budget.Usage{Input: 15, CacheWrite1h: 4803, Output: 47})},
		{"DashScope: BerriAI/litellm#40090", openai.Format,
			ok + `"usage":{"prompt_tokens":1900,"completion_tokens":3,"total_tokens":1903,"prompt_tokens_details":{"cache_creation_input_tokens":1889,"cache_type":"ephemeral","cached_tokens":0}}}`,
			ended(budget.Usage{Input: 11, CacheWrite5m: 1889, Output: 3})},
		{"Snowflake: langchain-ai/langchain-snowflake#46", openai.Format,
			ok + `"usage":{"prompt_tokens":2100,"completion_tokens":17,"total_tokens":2117,"cache_read_input_tokens":2048,"guardrails_tokens":0}}`,
			ended(budget.Usage{Input: 52, CacheRead: 2048, Output: 17})},
		{"OpenAI, writes: mindroom-ai/mindroom#2134", openai.Format,
			ok + `"usage":{"prompt_tokens":2600,"completion_tokens":300,"total_tokens":2900,"prompt_tokens_details":{"cached_tokens":2000,"cache_write_tokens":400}}}`,
			ended(budget.Usage{Input: 200, CacheRead: 2000, CacheWrite5m: 400, Output: 300})},
		{"OpenAI, audio: comet-ml/opik#7253", openai.Format,
			ok + `"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"audio_tokens":20,"cached_tokens":30},"completion_tokens_details":{"audio_tokens":40,"text_tokens":10}}}`,
			ended(budget.Usage{Input: 50, AudioInput: 20, CacheRead: 30, Output: 10, AudioOutput: 40})},
		{"llama.cpp, timings alone: ggml-org/llama.cpp#15827", openai.Format,
			start + finish + `data: {"choices":[],"timings":{"cache_n":236,"prompt_n":1,"prompt_ms":30.9,"predicted_n":35,"predicted_ms":661.0}}` + "\n\n" + done,
			ended(budget.Usage{Input: 1, CacheRead: 236, Output: 35})},
		{"llama.cpp, usage and timings: ggml-org/llama.cpp#12137", openai.Format,
			ok + `"usage":{"completion_tokens":35,"prompt_tokens":237,"total_tokens":272},"timings":{"cache_n":236,"prompt_n":1,"predicted_n":35}}`,
			ended(budget.Usage{Input: 1, CacheRead: 236, Output: 35})},

		// Output that stands elsewhere.
		{"xAI: vercel/ai#12425", openai.Format,
			ok + `"usage":{"prompt_tokens":12,"completion_tokens":1,"total_tokens":399,"completion_tokens_details":{"reasoning_tokens":386}}}`,
			ended(budget.Usage{Input: 12, Output: 387, Reasoning: 386})},
		{"a proxy for Gemini: router-for-me/CLIProxyAPI#5733", openai.Format,
			ok + `"usage":{"completion_tokens":0,"total_tokens":81,"prompt_tokens":21,"completion_tokens_details":{"reasoning_tokens":60}}}`,
			ended(budget.Usage{Input: 21, Output: 60, Reasoning: 60})},
		{"LiteLLM for Gemini, the total without thoughts: BerriAI/litellm#10667", openai.Format,
			ok + `"usage":{"completion_tokens":774,"prompt_tokens":10761,"total_tokens":11535,"completion_tokens_details":{"reasoning_tokens":1175}}}`,
			want{Usage: budget.Usage{Input: 10761, Output: 1949, Reasoning: 1175}, Doubt: true, Finish: stop}},
		{"OpenAI, predicted outputs: Helicone/helicone#5805", openai.Format,
			ok + `"usage":{"prompt_tokens":10,"completion_tokens":100,"total_tokens":110,"completion_tokens_details":{"accepted_prediction_tokens":60,"rejected_prediction_tokens":30,"reasoning_tokens":0}}}`,
			ended(budget.Usage{Input: 10, Output: 100})},
		{"o3, below zero: 64bit/async-openai#404", openai.Format,
			ok + `"usage":{"prompt_tokens":1151,"completion_tokens":-35,"total_tokens":1116}}`,
			want{Usage: budget.Usage{Input: 1151}, Unknown: budget.OutputSide, Doubt: true, Finish: stop}},
		{"SambaNova, speeds beside counts: spiceai/spiceai#5418", openai.Format,
			ok + `"created":1744857525.25,"usage":{"completion_tokens":1,"completion_tokens_per_sec":14.36,"end_time":1744857525.2,"is_last_response":true,"prompt_tokens":49,"stop_reason":"stop","total_tokens":50}}`,
			ended(budget.Usage{Input: 49, Output: 1})},

		// Streams.
		{"Moonshot: AstrBotDevs/AstrBot#6614", openai.Format,
			start + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":1336,"completion_tokens":31,"total_tokens":1367,"cached_tokens":1280,"prompt_tokens_details":{"cached_tokens":1280}}}]}` + "\n\n" + done,
			ended(budget.Usage{Input: 56, CacheRead: 1280, Output: 31})},
		{"usage in the delta of a choice", openai.Format,
			start + `data: {"choices":[{"index":0,"delta":{"content":"","usage":{"prompt_tokens":12,"completion_tokens":5}},"finish_reason":"stop","usage":null}]}` + "\n\n" + done,
			ended(budget.Usage{Input: 12, Output: 5})},
		{"TensorX, usage beside an empty choice: BerriAI/litellm#36168", openai.Format,
			start + `data: {"choices":[{"index":0,"delta":{}}],"usage":{"completion_tokens":2,"prompt_tokens":161,"total_tokens":163,"prompt_tokens_details":{"cached_tokens":158}}}` + "\n\n" + done,
			want{Usage: budget.Usage{Input: 3, CacheRead: 158, Output: 2}}},
		{"Azure, usage after the end: agentjido/req_llm#781", openai.Format,
			`data: {"choices":[],"model":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}` + "\n\n" + start + finish + `data: {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":12,"completion_tokens":7}}` + "\n\n" + done,
			ended(budget.Usage{Input: 12, Output: 7})},
		{"Databricks, half a usage in every event: spiceai/spiceai#6600", openai.Format,
			`data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":15,"completion_tokens":null,"total_tokens":null}}` + "\n\n" +
				`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":15,"completion_tokens":345,"total_tokens":360}}` + "\n\n" + done,
			ended(budget.Usage{Input: 15, Output: 345})},
		{"Gemini, running figures: ogx-ai/ogx#5122", openai.Format,
			`data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":8,"completion_tokens":4,"total_tokens":40}}` + "\n\n" +
				`data: {"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":9,"total_tokens":45}}` + "\n\n" + done,
			ended(budget.Usage{Input: 8, Output: 37})},
		{"MiniMax, zeros until the end: MiniMax-AI/MiniMax-M2.5#2", openai.Format,
			`data: {"choices":[{"index":0,"delta":{"role":"","content":"a"}}],"usage":{"total_tokens":0,"total_characters":0},"input_sensitive":false}` + "\n\n" +
				`data: {"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"}}],"usage":{"total_tokens":60,"prompt_tokens":40,"completion_tokens":20},"base_resp":{"status_code":0,"status_msg":""}}` + "\n\n" + done,
			ended(budget.Usage{Input: 40, Output: 20})},
		{"Baseten, no blank lines: anomalyco/opencode#27365", openai.Format,
			`data: {"choices":[{"index":0,"delta":{"content":"a"}}]}` + "\n" + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n" + `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}` + "\ndata: [DONE]\n",
			ended(budget.Usage{Input: 12, Output: 5})},
		{"a last line without its end: rexxars/eventsource-parser#31", openai.Format,
			start + finish + `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			ended(budget.Usage{Input: 12, Output: 5})},
		{"an event over several lines: SamSaffron/term-llm#454", openai.Format,
			start + "data: {\"choices\":[{\"index\":0,\"delta\":{},\ndata: \"finish_reason\":\"stop\"}],\ndata: \"usage\":{\"prompt_tokens\":12,\n" + "data: \"completion_tokens\":5}}\n\n" + done,
			ended(budget.Usage{Input: 12, Output: 5})},
		{"comments in between: theopenco/llmgateway#2334", openai.Format,
			": PROCESSING\n\n" + start + ": ping\n" + finish + "\n\n: ping\n\n" + `data:{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}` + "\n\n" + done,
			ended(budget.Usage{Input: 12, Output: 5})},
		{"oMLX, white space before a body: jundot/omlx#2066", openai.Format,
			" \n\n  " + ok + `"usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			ended(budget.Usage{Input: 12, Output: 5})},

		// Why an answer ended.
		{"Z.AI: mozilla-ai/any-llm#1204", openai.Format,
			`{"choices":[{"message":{"content":"a"},"finish_reason":"network_error"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: "error", Status: 200}},
		{"Z.AI, the context is full: mozilla-ai/any-llm#1200", openai.Format,
			`{"choices":[{"message":{"content":"a"},"finish_reason":"model_context_window_exceeded"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: wire.FinishLength}},
		{"Zhipu: langgenius/dify#7559", openai.Format,
			start + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"sensitive"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}` + "\n\n" + done,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: wire.FinishFilter}},
		{"DeepSeek: its API reference", openai.Format,
			start + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":8}}` + "\n\n" + done,
			want{Usage: budget.Usage{Input: 8, CacheRead: 4, Output: 5}, Finish: "error", Status: 200}},
		{"vLLM: vllm-project/vllm#57082", openai.Format,
			start + `data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"abort"}]}` + "\n\n" + `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}` + "\n\n" + done,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: "error", Status: 200}},
		{"KoboldCpp: LostRuins/koboldcpp#2481", openai.Format,
			`{"choices":[{"index":0,"message":{"content":""},"finish_reason":"error"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: "error", Status: 200}},
		{"Vertex behind a proxy: BerriAI/litellm#24373", openai.Format,
			`{"choices":[{"message":{"content":"a"},"finish_reason":"PROHIBITED_CONTENT"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: wire.FinishFilter}},
		{"Copilot, Anthropic's format: earendil-works/pi#4769", anthropic.Format,
			`{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"sensitive","usage":{"input_tokens":12,"output_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: wire.FinishFilter}},
		{"Z.AI, Anthropic's format", anthropic.Format,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}` + "\n\n" + `data: {"type":"message_delta","delta":{"stop_reason":"network_error"},"usage":{"input_tokens":12,"output_tokens":5}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n",
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: "error", Status: 200}},

		// Failures in the middle.
		{"OpenRouter: diegosouzapw/OmniRoute#8210", openai.Format,
			`data: {"choices":[],"error":{"code":502,"message":"limit of the worker reached","metadata":{"error_type":"provider_unavailable"}}}` + "\n\n" + done,
			want{Status: 502}},
		{"OpenRouter: damianvtran/local-operator#223", openai.Format,
			start + `data: {"error":{"code":429,"message":"slow"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}` + "\n\n",
			want{Usage: budget.Usage{Input: 12, Output: 5}, Finish: "error", Status: 429}},
		{"llama.cpp, a field of its own: coddy-project/coddy-agent#106", openai.Format,
			`error: {"code":400,"message":"the request exceeds the available context size","type":"invalid_request_error"}` + "\n\n" + done,
			want{Status: 400}},
		{"text-generation-inference: huggingface/huggingface_hub#2514", openai.Format,
			`data: {"choices":null,"error":"Input validation error","error_type":"validation"}` + "\n\n",
			want{Status: 200}},
		{"Cerebras: nminaya/grammar-nazi-bot#957", openai.Format,
			`data: {"error":{"message":"Requests per minute limit exceeded","type":"too_many_requests_error","param":"quota","code":"request_quota_exceeded"},"status_code":429}` + "\n\n",
			want{Status: 429}},
		{"Cloudflare and Zhipu, no success", openai.Format, `{"code":500,"msg":"404 NOT_FOUND","success":false}`, want{Status: 500}},

		// Tiers.
		{"Cerebras: dart of its reference", openai.Format,
			ok + `"service_tier_used":"priority","service_tier":"auto","usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Tier: budget.Tier{Service: "priority"}, Finish: stop}},
		{"Vertex AI: its documentation of priority", openai.Format,
			ok + `"usage":{"completion_tokens":5,"extra_properties":{"google":{"traffic_type":"ON_DEMAND_PRIORITY"}},"prompt_tokens":12,"total_tokens":17}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Tier: budget.Tier{Service: "priority"}, Finish: stop}},
		{"Vertex AI, capacity that was bought", openai.Format,
			ok + `"usage":{"completion_tokens":5,"extra_properties":{"google":{"traffic_type":"PROVISIONED_THROUGHPUT"}},"prompt_tokens":12}}`,
			ended(budget.Usage{Input: 12, Output: 5})},
		{"Groq", openai.Format,
			ok + `"service_tier":"on_demand","usage_breakdown":null,"x_groq":{"id":"req_1","seed":8},"usage":{"prompt_tokens":50,"completion_tokens":118,"prompt_time":0.002}}`,
			want{Usage: budget.Usage{Input: 50, Output: 118}, Tier: budget.Tier{Service: "standard"}, Finish: stop}},
		{"OpenAI, served otherwise: BerriAI/litellm#31837", openai.Format,
			ok + `"service_tier":"default","usage":{"prompt_tokens":12,"completion_tokens":5}}`,
			want{Usage: budget.Usage{Input: 12, Output: 5}, Tier: budget.Tier{Service: "standard"}, Finish: stop}},

		// Anthropic's format.
		{"compaction, with its cache: BerriAI/litellm#27065", anthropic.Format,
			`{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":230,"output_tokens":10,"iterations":[{"type":"compaction","input_tokens":18,"output_tokens":35,"cache_read_input_tokens":1800},{"type":"message","input_tokens":230,"output_tokens":10}]}}`,
			ended(budget.Usage{Input: 248, CacheRead: 1800, Output: 45})},
		{"an attempt that was declined: maximhq/bifrost#6500", anthropic.Format,
			`{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":23,"output_tokens":10,"iterations":[{"type":"fallback","input_tokens":23,"output_tokens":4},{"type":"message","input_tokens":23,"output_tokens":10}]}}`,
			ended(budget.Usage{Input: 23, Output: 10})},
		{"Z.AI: zai-org/GLM-5#139", anthropic.Format,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}` + "\n\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}` + "\n\n" +
				`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":14,"output_tokens":3,"cache_read_input_tokens":64}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n",
			ended(budget.Usage{Input: 14, CacheRead: 64, Output: 3})},
		{"usage in the delta: fumito-ito/AnthropicSwiftSDK#7", anthropic.Format,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}` + "\n\n" + `data: {"type":"message_delta","delta":{"stop_reason":"end_turn","usage":{"output_tokens":15}}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n",
			ended(budget.Usage{Input: 25, Output: 15})},
		{"Bedrock: BerriAI/litellm#25517", anthropic.Format,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":3,"cache_creation_input_tokens":17,"cache_read_input_tokens":326,"output_tokens":1}}}` + "\n\n" + `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}` + "\n\n" +
				`data: {"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":9,"cacheReadInputTokenCount":326,"cacheWriteInputTokenCount":17,"invocationLatency":12}}` + "\n\n",
			ended(budget.Usage{Input: 3, CacheRead: 326, CacheWrite5m: 17, Output: 9})},
		{"a write that becomes a read: BerriAI/litellm#40845", anthropic.Format,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":2,"cache_creation_input_tokens":5835,"cache_read_input_tokens":0,"output_tokens":1}}}` + "\n\n" +
				`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":2,"cache_creation_input_tokens":0,"cache_read_input_tokens":5835,"output_tokens":9}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n",
			ended(budget.Usage{Input: 2, CacheRead: 5835, Output: 9})},
		{"SGLang, its input only at the end: sgl-project/sglang#20685", anthropic.Format,
			`event: message_start` + "\n" + `data: {"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}` + "\n" + `event: message_delta` + "\n" + `data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":27,"output_tokens":9}}` + "\n\nevent: message_stop\n" + `data: {"type":"message_stop"}` + "\n\n",
			ended(budget.Usage{Input: 27, Output: 9})},
	}
	for _, tt := range tests {
		t.Run(tt.server, func(t *testing.T) {
			r, failed := answeredBy(t, tt.f, tt.sent)
			said := usageOf(r)
			got := want{Usage: said.Usage, Doubt: said.Doubt != "", Tier: said.Tier, Finish: r.Finish}
			if said.Unknown != budget.BothSides {
				got.Unknown = said.Unknown
			}
			if said.Billed != nil {
				got.Billed = *said.Billed
			}
			if failed != nil {
				got.Status = failed.Status
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTierIsReadFromTheHeaderWhereTheBodyNamesNone(t *testing.T) {
	for _, tt := range []struct{ name, value, body, want string }{
		{"X-Gemini-Service-Tier", "priority", "", "priority"},
		{"X-Gemini-Service-Tier", "Standard", "", "standard"},
		{"X-Amzn-Bedrock-Service-Tier", "default", "", "standard"},
		{"X-Amzn-Bedrock-Service-Tier", "auto", "", ""},
		{"X-Gemini-Service-Tier", "priority", "flex", "flex"},
		{"X-Gemini-Service-Tier", "a b", "", "unknown"},
		{"X-Other", "priority", "", ""},
	} {
		header := make(http.Header)
		header.Set(tt.name, tt.value)
		r := wire.Response{Usage: &wire.Usage{Tier: budget.Tier{Service: tt.body}}}
		headers.OfAnswer(&r, header.Get)
		if r.Usage.Tier.Service != tt.want {
			t.Errorf("%s: %s, body %q: %q, want %q", tt.name, tt.value, tt.body, r.Usage.Tier.Service, tt.want)
		}
	}
}
