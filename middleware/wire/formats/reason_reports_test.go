package formats_test

import (
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// TestRefusalsOfReports: refusals in words that users reported, and neighbours in almost the same words that mean
// something else. Where a report shows a body, the row is shaped like it, in words of ours where they do not matter.
func TestRefusalsOfReports(t *testing.T) {
	for _, tt := range []struct {
		source   string
		status   int
		body     string
		class    wire.Class
		unbilled bool
	}{
		{"sub2api#572, hermes-agent#4747: no wait opens it", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"Extra usage is required for long context requests."}}`, wire.Invalid, true},
		{"claude-code#27252", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 40,000 input tokens per minute."}}`, wire.RateLimit, true},
		{"Anthropic, of a subscription", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"You're out of extra usage. Add more and keep going."}}`, wire.Quota, true},
		{"OmniRoute#6980: until midnight UTC, for every model", 429, `{"result":null,"success":false,"errors":[{"code":4006,"message":"you have used up your daily free allocation of 10,000 neurons, please upgrade"}]}`, wire.Quota, true},
		{"Cloudflare", 429, `{"errors":[{"message":"AiError: Capacity temporarily exceeded, please try again.","code":3040}],"success":false}`, wire.RateLimit, true},
		{"console.groq.com/docs/flex-processing", 498, `{"error":{"message":"Flex tier capacity exceeded","type":"capacity_exceeded"}}`, wire.RateLimit, true},
		{"console.groq.com/docs/errors", 499, `{"error":{"message":"the caller went away"}}`, wire.Invalid, false},
		{"a monthly limit", 429, `{"error":{"message":"This account has reached its monthly usage limit."}}`, wire.Quota, true},
		{"a project's budget", 429, `{"error":{"message":"You've exceeded your project's budget"}}`, wire.Quota, true},
		{"no budget of money", 400, `{"error":{"message":"you exceeded the thinking budget of this model"}}`, wire.Invalid, true},
		{"Azure's gateway", 403, `{"statusCode":403,"message":"Out of call volume quota. Quota will be replenished in 01:02:03."}`, wire.RateLimit, true},
		{"Zhipu", 429, `{"error":{"code":"1310","message":"Weekly/Monthly Limit Exhausted."}}`, wire.Quota, true},
		{"Zhipu", 429, `{"error":{"code":"1308","message":"Usage limit reached for 5 hour."}}`, wire.RateLimit, true},

		{"copilot-api#104", 403, `unauthorized: token expired`, wire.Auth, true},
		{"Anthropic", 403, `{"type":"error","error":{"type":"permission_error","message":"OAuth token has been revoked. Please obtain a new token."}}`, wire.Auth, true},
		{"huggingface/serge#56: it fails for every model", 403, `{"error":"This authentication method does not have sufficient permissions to call Inference Providers on behalf of user x"}`, wire.Auth, true},
		{"OpenAI, a restricted key", 403, `{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: model.request."}}`, wire.Auth, true},
		{"OpenShell#501", 403, `{"status":403,"title":"Forbidden","detail":"Authorization failed"}`, wire.Auth, true},
		{"xAI", 403, `{"code":"The caller does not have permission to execute the specified operation","error":"Your API key is blocked. Unblock it in the console."}`, wire.Auth, true},
		{"Fireworks", 403, `{"error":{"code":"FORBIDDEN","message":"The API key you provided is invalid."}}`, wire.Auth, true},
		{"new-api", 403, `{"error":{"message":"该令牌状态不可用","type":"new_api_error"}}`, wire.Auth, true},
		{"tokens of a text", 400, `{"error":{"message":"max_tokens: the token has no value"}}`, wire.Invalid, true},

		{"one-api#2340: without a code", 503, `{"error":{"message":"当前分组 default 下对于模型 x 无可用渠道 (request id: 2025)","type":"one_api_error"}}`, wire.NoModel, true},
		{"new-api#6310", 503, `{"error":{"message":"No available channel for model x under group default (distributor)","type":"new_api_error"}}`, wire.NoModel, true},
		{"new-api", 403, `{"error":{"message":"该令牌无权访问模型 x","type":"new_api_error"}}`, wire.NoModel, true},
		{"continue#9528: a smaller model may fit", 500, `{"error":"model requires more system memory (127.8 GiB) than is available (13.2 GiB)"}`, wire.NoModel, true},
		{"ollama#15990", 403, `{"type":"error","error":{"type":"permission_error","message":"this model requires a subscription, upgrade for access: https://ollama.com/upgrade"}}`, wire.NoModel, true},
		{"continue#11444", 429, `{"error":"you (x) have reached your session usage limit, upgrade for higher limits: https://ollama.com/upgrade"}`, wire.RateLimit, true},
		{"Ollama: a name in quotes comes first", 400, `{"error":"\"all-minilm\" does not support chat"}`, wire.NoModel, true},
		{"Ollama", 400, `{"error":"\"phi3\" does not support tools"}`, wire.Invalid, true},
		{"LM Studio", 400, `{"error":"No models loaded. Please load a model in the developer page."}`, wire.NoModel, true},
		{"Azure", 400, `{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation does not work with the specified model, x."}}`, wire.NoModel, true},
		{"OpenRouter", 404, `{"error":{"message":"No allowed providers are available for the selected model.","code":404}}`, wire.NoModel, true},
		{"OpenAI", 403, `{"error":{"message":"You are not allowed to sample from this model"}}`, wire.NoModel, true},
		{"SiliconFlow", 403, `{"code":30003,"message":"Model disabled","data":null}`, wire.NoModel, true},
		{"Volcengine: the user's own limit", 429, `{"error":{"code":"SetLimitExceeded","message":"Your account has reached the set inference limit for the [x] model, and the model service has been paused.","type":"TooManyRequests"}}`, wire.NoModel, true},
		{"Volcengine", 429, `{"error":{"code":"QuotaExceeded","message":"Your account has exhausted its free trial quota for the [x] model.","type":"TooManyRequests"}}`, wire.NoModel, true},
		{"a model that was", 410, `{"error":{"message":"The model has been retired"}}`, wire.NoModel, false},
		{"a model that is off", 403, `{"error":{"message":"The model 'x/y-1' has been disabled"}}`, wire.NoModel, true},
		{"a feature that is off", 400, `{"error":{"message":"This model answers with tools only if thinking is disabled"}}`, wire.Invalid, true},
		{"a parameter that is gone", 400, `{"error":{"message":"For this model the parameter top_k has been removed"}}`, wire.Invalid, true},
		{"gemini-cli#23520", 503, `{"error":{"code":503,"message":"No capacity available for model x on the server","status":"UNAVAILABLE","details":[{"reason":"MODEL_CAPACITY_EXHAUSTED"}]}}`, wire.Server, true},

		// platform.minimax.io/docs/api-reference/errorcode; Zhipu's numbers come with a status of their own.
		{"MiniMax", 200, `{"base_resp":{"status_code":1002,"status_msg":"rate limit"}}`, wire.RateLimit, true},
		{"MiniMax", 200, `{"base_resp":{"status_code":1004,"status_msg":"login fail: carry the secret in the header"}}`, wire.Auth, true},
		{"MiniMax", 200, `{"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"}}`, wire.Invalid, true},
		{"MiniMax", 200, `{"base_resp":{"status_code":1027,"status_msg":"output new_sensitive"}}`, wire.Invalid, true},
		{"MiniMax", 200, `{"base_resp":{"status_code":2013,"status_msg":"invalid params"}}`, wire.Invalid, true},
		{"MiniMax", 200, `{"base_resp":{"status_code":1000,"status_msg":"unknown error"}}`, wire.Server, true},
		{"Zhipu", 401, `{"error":{"code":"1002","message":"Authorization Token非法"}}`, wire.Auth, true},
	} {
		e := openai.Format.DecodeError(tt.status, []byte(tt.body))
		if e.Class != tt.class || e.Unbilled() != tt.unbilled {
			t.Errorf("%s: %d %s:\n\tclass %s, unbilled %v, want %s, %v", tt.source, tt.status, tt.body, e.Class, e.Unbilled(), tt.class, tt.unbilled)
		}
	}
}

func TestAMessageMayBeginWithAName(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"\"phi3\" does not support tools"}`: `"phi3" does not support tools`,
		`"phi3" is gone`:         `"phi3" is gone`,
		`"Invalid token"`:        `Invalid token`,
		`{"error":"\"quoted\""}`: `quoted`,
	} {
		if e := openai.Format.DecodeError(400, []byte(body)); e.Message != want {
			t.Errorf("%s: %q, want %q", body, e.Message, want)
		}
	}
}

func TestLimitsOfTheDraftsForHTTP(t *testing.T) {
	const s = time.Second
	for field, want := range map[string]time.Duration{
		`"api";r=0;t=55`:                          55 * s, // huggingface_hub#3553
		`"api";r=489;t=189`:                       189 * s,
		`"burst";r=12;t=7, "day";r=0;t=300`:       300 * s,
		`"burst";r=0;t=7, "day";r=12;t=300`:       7 * s,
		`"x"; r=0; t=9`:                           9 * s,
		`limit=100, remaining=0, reset=30`:        30 * s, // draft 07
		`limit=10, remaining=0, reset=1, w="t=9"`: s,
		`"api";r=0`:                               0,
		`"api";r=0;t=-5`:                          0,
		`"api";r=0;t=999999999`:                   0,
		`100`:                                     0,
		``:                                        0,
	} {
		e := &wire.Error{Status: 429}
		headers.OfError(e, func(name string) string { return map[string]string{"ratelimit": field}[name] }, time.Unix(1_772_366_400, 0))
		if e.RetryAfter != want {
			t.Errorf("%s: wait %v, want %v", field, e.RetryAfter, want)
		}
	}
	for _, name := range []string{"x-rate-limit-reset", "ratelimitbysize-reset"} { // Mistral's second
		e := &wire.Error{Status: 429}
		headers.OfError(e, func(n string) string { return map[string]string{name: "34"}[n] }, time.Unix(1_772_366_400, 0))
		if e.RetryAfter != 34*s {
			t.Errorf("%s: wait %v", name, e.RetryAfter)
		}
	}
}
