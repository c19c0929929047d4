package formats_test

import (
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// What providers say, as their references and their users' reports show it.
func TestRefusalsAreReadInEveryProvidersWords(t *testing.T) {
	const (
		auth, quota, forbidden = wire.Auth, wire.Quota, wire.Forbidden
		noModel, invalid       = wire.NoModel, wire.Invalid
		rate, server           = wire.RateLimit, wire.Server
	)
	tests := []struct {
		provider string
		status   int
		body     string
		class    wire.Class
		message  string // a part of it
	}{
		{"openai", 429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":null}}`, quota, "current quota"},
		{"openai", 429, `{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","code":"billing_hard_limit_reached"}}`, quota, "hard limit"},
		{"openai", 401, `{"error":{"message":"Incorrect API key provided: sk-a***bcd.","type":"invalid_request_error","code":"invalid_api_key"}}`, auth, "Incorrect"},
		{"openai", 404, "{\"error\":{\"message\":\"The model `gpt-9` does not exist or you do not have access to it.\",\"type\":\"invalid_request_error\",\"code\":\"model_not_found\"}}", noModel, "gpt-9"},
		{"openai", 403, "{\"error\":{\"message\":\"Project `proj_x` does not have access to model `gpt-4`\",\"type\":\"invalid_request_error\",\"code\":\"model_not_found\"}}", noModel, "proj_x"},
		{"openai", 404, "{\"error\":{\"message\":\"Your organization must be verified to use the model `o3`.\",\"type\":\"invalid_request_error\",\"code\":null}}", noModel, "verified"},
		{"openai", 403, `{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","code":"unsupported_country_region_territory"}}`, forbidden, "Country"},
		{"openai", 429, `{"error":{"message":"Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 35000.","type":"tokens","code":"rate_limit_exceeded"}}`, invalid, "too large"},
		{"openai", 429, `{"error":{"message":"Rate limit reached for gpt-4o on requests per min. You can increase your rate limit by adding a payment method to your account.","type":"requests","code":"rate_limit_exceeded"}}`, rate, "Rate limit"},
		{"openai", 400, "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support 0.2 with this model.\",\"type\":\"invalid_request_error\",\"code\":\"unsupported_value\"}}", invalid, "temperature"},
		{"openai", 400, "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.\",\"code\":\"unsupported_parameter\"}}", invalid, "max_tokens"},
		{"azure", 401, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}`, auth, "subscription key"},
		{"azure", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, noModel, "deployment"},
		{"azure", 400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true}}}}}`, invalid, "filtered"},
		{"azure", 403, `{"error":{"code":"403","message":"Public access is disabled. Please configure private endpoint."}}`, forbidden, "Public access"},
		{"azure apim", 429, `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}`, rate, "57 seconds"},
		{"anthropic", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}`, quota, "credit balance"},
		{"anthropic", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."}}`, quota, "usage limits"},
		{"anthropic", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."}}`, quota, "disabled"},
		{"anthropic", 402, `{"type":"error","error":{"type":"billing_error","message":"Pay."}}`, quota, "Pay"},
		{"anthropic", 403, `{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}`, forbidden, "permission"},
		{"anthropic", 404, `{"type":"error","error":{"type":"not_found_error","message":"model: claude-9"}}`, noModel, "claude-9"},
		{"gemini", 400, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}]`, auth, "not valid"},
		{"gemini", 403, `{"error":{"code":403,"message":"Your API key was reported as leaked. Please use another API key.","status":"PERMISSION_DENIED"}}`, auth, "leaked"},
		{"gemini", 403, `{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}`, forbidden, "permission"},
		{"gemini", 403, `{"error":{"code":403,"message":"Permission denied: Consumer 'projects/1' has been suspended.","status":"PERMISSION_DENIED","details":[{"reason":"CONSUMER_SUSPENDED"}]}}`, quota, "suspended"},
		{"gemini", 429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]}]}}`, rate, "current quota"},
		{"gemini", 429, `{"error":{"code":429,"message":"Your prepayment credits are depleted.","status":"RESOURCE_EXHAUSTED"}}`, quota, "depleted"},
		{"gemini", 404, `{"error":{"code":404,"message":"models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.","status":"NOT_FOUND"}}`, noModel, "gemini-9"},
		{"gemini in a string", 429, `{"error":{"message":"{\n \"error\": {\"code\": 429, \"message\": \"Resource has been exhausted (e.g. check quota).\", \"status\": \"RESOURCE_EXHAUSTED\"}}","code":429,"status":"Too Many Requests"}}`, rate, "Resource has been exhausted"},
		{"vertex", 403, `{"error":{"code":403,"message":"This API method requires billing to be enabled.","status":"PERMISSION_DENIED","details":[{"reason":"BILLING_DISABLED"}]}}`, quota, "billing"},
		{"mistral", 422, `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error"}`, invalid, "body.seed: Extra inputs"},
		{"mistral", 400, `{"object":"error","message":"Invalid model: foo","type":"invalid_model","param":null,"code":"1500"}`, noModel, "foo"},
		{"mistral", 401, `{"detail":"Unauthorized"}`, auth, "Unauthorized"},
		{"groq", 400, "{\"error\":{\"message\":\"The model `x` has been decommissioned and is no longer supported.\",\"type\":\"invalid_request_error\",\"code\":\"model_decommissioned\"}}", noModel, "decommissioned"},
		{"groq, laravel/ai#925", 498, `{"error":{"message":"Flex tier capacity exceeded","type":"capacity_exceeded"}}`, rate, "capacity"},
		{"groq", 400, `{"error":{"message":"Organization has been restricted. Please reach out to support.","type":"invalid_request_error","code":"organization_restricted"}}`, quota, "restricted"},
		{"groq", 413, "{\"error\":{\"message\":\"Request too large for model `x` on tokens per minute (TPM)\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}", invalid, "too large"},
		{"groq", 429, "{\"error\":{\"message\":\"Rate limit reached for model `x` on tokens per day (TPD): Limit 100000. Please try again in 14m10s. Need more tokens? Upgrade to Dev Tier today\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}", rate, "TPD"},
		{"together", 402, `{"error":{"message":"Credit limit exceeded","type":"credit_limit","code":null}}`, quota, "Credit limit"},
		{"together", 404, `{"error":{"message":"Unable to access model x. Please visit the list of models.","type":"invalid_request_error","code":"model_not_available"}}`, noModel, "Unable"},
		{"fireworks", 404, `{"error":{"object":"error","type":"invalid_request_error","code":"NOT_FOUND","message":"Model not found, inaccessible, and/or not deployed"}}`, noModel, "not deployed"},
		{"fireworks", 412, `{"error":{"object":"error","type":"invalid_request_error","message":"Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices."}}`, quota, "suspended"},
		{"deepseek", 402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, quota, "Insufficient"},
		{"deepseek", 400, `{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, noModel, "Not Exist"},
		{"deepseek", 400, `{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}`, invalid, "Risk"},
		{"moonshot", 429, `{"error":{"type":"exceeded_current_quota_error","message":"Your account is suspended due to insufficient balance, please recharge your account"}}`, quota, "suspended"},
		{"moonshot", 401, `{"error":{"type":"incorrect_api_key_error","message":"Incorrect API key provided"}}`, auth, "Incorrect"},
		{"moonshot", 404, `{"error":{"type":"resource_not_found_error","message":"Not found the model foo or Permission denied"}}`, noModel, "foo"},
		{"moonshot", 429, `{"error":{"type":"engine_overloaded_error","message":"The engine is currently overloaded, please try again later"}}`, rate, "overloaded"},
		{"zhipu", 429, `{"error":{"code":"1113","message":"您的账户已欠费，请充值后重试"}}`, quota, "欠费"},
		{"zhipu", 429, `{"error":{"code":"1302","message":"您的账户已达到速率限制，请您控制请求频率"}}`, rate, "速率"},
		{"zhipu", 400, `{"error":{"code":"1211","message":"模型不存在，请检查模型代码。"}}`, noModel, "模型不存在"},
		{"zhipu", 400, `{"contentFilter":[{"level":1,"role":"user"}],"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容"}}`, invalid, "敏感"},
		{"dashscope", 400, `{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing.","request_id":"r-1"}`, quota, "good standing"},
		{"dashscope", 401, `{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"r-1"}`, auth, "Invalid"},
		{"dashscope", 403, `{"code":"Model.AccessDenied","message":"Model access denied."}`, noModel, "denied"},
		{"dashscope", 400, `{"code":"DataInspectionFailed","message":"Input data may contain inappropriate content."}`, invalid, "inappropriate"},
		{"dashscope", 429, `{"code":"Throttling.AllocationQuota","message":"Allocated quota exceeded, please increase your quota limit."}`, rate, "Allocated"},
		{"openrouter", 403, `{"error":{"code":403,"message":"Your input was flagged","metadata":{"reasons":["violence"],"flagged_input":"FLAGME","provider_name":"p"}}}`, invalid, "violence"},
		{"openrouter", 403, `{"error":{"code":403,"message":"Key limit exceeded (total limit). Manage it in the settings."}}`, quota, "Key limit"},
		{"openrouter", 402, `{"error":{"code":402,"message":"This request requires more credits, or fewer max_tokens."}}`, quota, "credits"},
		{"openrouter", 429, `{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"}}`, rate, "free-models"},
		{"openrouter", 400, `{"error":{"code":400,"message":"foo is not a valid model ID"}}`, noModel, "foo"},
		{"openrouter", 404, `{"error":{"code":404,"message":"No endpoints found for foo."}}`, noModel, "foo"},
		{"openrouter", 502, `{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"the real reason\",\"type\":\"x\"}}","provider_name":"p"}}}`, server, "Provider returned error: the real reason"},
		{"xai", 403, `{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet."}`, quota, "credits"},
		{"xai", 429, `{"code":"Some resource has been exhausted","error":"Your team x has either used all available credits or reached its monthly spending limit."}`, quota, "credits"},
		{"xai", 400, `{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***mx."}`, auth, "Incorrect"},
		{"xai", 403, `{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}`, invalid, "guidelines"},
		{"xai", 404, `{"code":"Some requested entity was not found","error":"The model foo does not exist or your team x does not have access to it."}`, noModel, "foo"},
		{"cohere", 401, `{"message":"invalid api token"}`, auth, "token"},
		{"cohere", 404, `{"message":"model 'foo' not found, make sure the correct model ID was used and that you have access to the model."}`, noModel, "foo"},
		{"cohere", 429, `{"message":"You are using a Trial key, which is limited to 1000 API calls / month."}`, quota, "month"},
		{"cohere", 429, `{"message":"You are using a Trial key, which is limited to 10 API calls / minute."}`, rate, "minute"},
		{"perplexity", 400, `{"error":{"message":"Invalid model 'foo'. Permitted models can be found in the documentation.","type":"invalid_model","code":400}}`, noModel, "foo"},
		{"perplexity", 401, "<html>\n<head><title>401 Authorization Required</title></head><body><center>nginx</center></body></html>", auth, "401 Authorization Required"},
		{"bedrock", 403, `{"message":"You don't have access to the model with the specified model ID."}`, noModel, "access"},
		{"bedrock", 403, `{"Message":"User: arn:aws:iam::1:user/u is not authorized to perform: bedrock:InvokeModel on resource: x"}`, forbidden, "not authorized"},
		{"bedrock", 400, `{"message":"The provided model identifier is invalid."}`, noModel, "identifier"},
		{"bedrock", 403, `{"message":"The security token included in the request is invalid.","__type":"UnrecognizedClientException"}`, auth, "security token"},
		{"bedrock", 429, `{"message":"Too many tokens per day, please wait before trying again."}`, rate, "per day"},
		{"vllm", 404, "{\"object\":\"error\",\"message\":\"The model `foo` does not exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}", noModel, "foo"},
		{"vllm", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000.","type":"BadRequestError","code":400}`, invalid, "4096"},
		{"llama.cpp", 500, `{"error":{"code":500,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, invalid, "context size"},
		{"llama.cpp", 503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, server, "Loading"},
		{"ollama", 404, `{"error":"model 'foo' not found"}`, noModel, "foo"},
		{"litellm", 400, `{"error":{"message":"Budget has been exceeded! Current cost: 1.2, Max budget: 1.0","type":"budget_exceeded","param":null,"code":"400"}}`, quota, "Budget"},
		{"litellm", 401, `{"error":{"message":"key not allowed to access model. This key can only access models=['x'].","type":"key_model_access_denied","param":"model","code":"401"}}`, noModel, "can only access"},
		{"litellm", 401, `{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}`, auth, "No api key"},
		{"one-api", 403, `{"error":{"message":"用户额度不足, 剩余额度: 0","type":"new_api_error","code":"insufficient_user_quota"}}`, quota, "额度不足"},
		{"one-api", 503, `{"error":{"message":"当前分组 default 下对于模型 x 无可用渠道","type":"new_api_error","code":"model_not_found"}}`, noModel, "无可用渠道"},
		{"siliconflow", 403, `{"code":30011,"message":"The selected model requires paid balance. Your paid balance is insufficient.","data":null}`, quota, "paid balance"},
		{"volcengine", 403, `{"error":{"code":"AccountOverdueError","message":"The request failed because your account has an overdue balance."}}`, quota, "overdue"},
		{"hugging face", 402, `{"error":"You have exceeded your monthly included credits for Inference Providers."}`, quota, "credits"},
		{"hugging face", 400, `{"error":{"message":"The requested model 'x' is not supported by any provider you have enabled.","code":"model_not_supported"}}`, noModel, "not supported"},
		{"nvidia", 404, `{"status":404,"title":"Not Found","detail":"Function 'f': Not found for account 'a'"}`, noModel, "Not Found: Function"},
		{"github models", 403, `{"error":{"code":"no_access","message":"No access to model: x"}}`, noModel, "No access"},
		{"cerebras", 429, `{"message":"Tokens per day limit exceeded - too many tokens processed.","type":"too_many_tokens_error","param":"quota","code":"token_quota_exceeded"}`, rate, "per day"},
		{"fastapi", 422, `{"detail":"max_tokens must be at most 512"}`, invalid, "at most 512"},
		{"fastapi", 422, `{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}`, invalid, "body.messages: field required"},
		{"a proxy", 402, `{"detail":"Insufficient balance to run this request."}`, quota, "Insufficient"},
		{"openai", 404, `{"error":{"message":"This model is only supported in v1/responses and not in v1/chat/completions.","type":"invalid_request_error","param":"model","code":null}}`, noModel, "only supported"},
		{"openai", 400, `{"error":{"message":"max_tokens is too large: 999999. This model supports at most 4096 completion tokens","type":"invalid_request_error","param":"max_tokens"}}`, invalid, "too large"},
		{"openai", 400, `{"error":{"message":"The organization has disabled the tool web_search"}}`, invalid, "disabled"},
		{"groq", 400, `{"error":{"message":"Failed to validate JSON. The model output is invalid.","code":"json_validate_failed"}}`, invalid, "invalid"},
		{"groq", 400, "{\"error\":{\"message\":\"`tool calling` is not supported with this model\"}}", invalid, "tool calling"},
		{"moonshot", 429, `{"error":{"type":"rate_limit_reached_error","message":"Your account org-x<ak-y> request reached organization max RPM: 3, please try again after 1 seconds"}}`, rate, "RPM"},
		{"voyage", 429, `{"detail":"You have not yet added your payment method in the billing page and will have reduced rate limits of 3 RPM."}`, rate, "payment method"},
		{"a proxy", 400, `{"error":{"message":"context hard limit exceeded"}}`, invalid, "hard limit"},
		{"a proxy", 400, `{"error":{"message":"the reasoning budget exceeded max_tokens"}}`, invalid, "budget"},
		{"a proxy", 429, `{"error":{"message":"per-key limit exceeded for RPM"}}`, rate, "RPM"},
		{"a gateway", 403, `{"error":{"message":"no","type":"new_api_error","code":"local:insufficient_quota"}}`, quota, "no"},
		{"a gateway", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"Upstream provider returned HTTP 429.\nCategory: exceeded_current_quota_error"}}`, quota, "Category"},
		{"a gateway", 400, `{"error":{"details":{"status_code":412,"response":{"error":{"message":"Account x is suspended"}}},"message":"cloud request failed"}}`, quota, "cloud request failed: Account x is suspended"},
		{"a gateway", 429, `{"error":{"message":"provider account quota or billing is exhausted; ask the operator"}}`, quota, "exhausted"},
		{"a list", 400, `{"errors":[{"code":7003,"message":"could not route"},{"message":"a second"}]}`, invalid, "could not route; a second"},
		{"fields", 400, `{"errors":{"messages":["may not be empty"]}}`, invalid, "messages: may not be empty"},
		{"a name beside the words", 401, `{"error":"invalid_client","error_description":"Who are you?"}`, auth, "Who are you?"},
		{"text", 400, "bad things\nsecond line", invalid, "bad things"},
		{"a page", 403, `<!DOCTYPE html><html><head><title>Just a moment&hellip;</title></head><body>cf</body></html>`, forbidden, "Just a moment…"},
		{"a bare 403", 403, ``, forbidden, ""},
		{"an event", 429, "event: error\ndata: {\"error\":{\"message\":\"slow down\"}}\n\n", rate, "slow down"},
		{"cut off", 400, `{"error":{"message":"the whole reason","type":"inv`, invalid, "the whole reason"},
		{"a byte order mark", 400, "\uFEFF" + `{"error":{"message":"marked"}}`, invalid, "marked"},
		{"another case of a key", 400, `{"ERROR":{"message":"not this"},"error":{"message":"this"}}`, invalid, "this"},
	}
	for _, tt := range tests {
		e := openai.Format.DecodeError(tt.status, []byte(tt.body))
		if e.Class != tt.class || !strings.Contains(e.Message, tt.message) || e.Status != tt.status || len([]rune(e.Message)) > 300 {
			t.Errorf("%s: %d %s:\n\tclass %s, want %s; message %q, want %q", tt.provider, tt.status, tt.body, e.Class, tt.class, e.Message, tt.message)
		}
		if strings.Contains(e.Message, "FLAGME") {
			t.Errorf("%s: the message repeats the input", tt.provider)
		}
	}
}

func TestAnErrorInsideASuccessHasTheStatusOfItsCode(t *testing.T) {
	for _, tt := range []struct {
		body     string
		class    wire.Class
		status   int
		unbilled bool
	}{
		{`{"error":{"message":"Insufficient credits","code":402}}`, wire.Quota, 402, true},
		{`{"error":{"message":"slow","code":"429"}}`, wire.RateLimit, 429, true},
		{`{"error":{"message":"slow","status":429}}`, wire.RateLimit, 429, true},
		{`{"error":{"message":"slow"},"code":429}`, wire.RateLimit, 429, true},
		{`{"error":"slow","status_code":429}`, wire.RateLimit, 429, true},
		{`{"error":{"message":"broken","code":500.0}}`, wire.Server, 500, true},
		{`{"error":{"message":"gave up","code":504}}`, wire.Server, 504, false},
		{`{"error":{"message":"gone","code":499}}`, wire.Invalid, 499, false},
		{`{"error":{"message":"late","code":408}}`, wire.Server, 408, false},
		{`{"error":{"message":"conflict","code":409}}`, wire.Invalid, 409, false},
		{`{"error":{"message":"flagged","code":403,"metadata":{"reasons":["x"]}}}`, wire.Invalid, 403, true},
		{`{"error":{"message":"overloaded","type":"overloaded_error"}}`, wire.Server, 200, true},
		{`{"error":{"message":"odd","code":1113}}`, wire.Quota, 200, true},
		{`{"error":{"message":"odd","code":20}}`, wire.Server, 200, true},
		{`{"error":{"message":"odd","code":429.5}}`, wire.Server, 200, true},
		{`{"error":{"message":"odd","code":1e400}}`, wire.Server, 200, true},
		{`{"error":{"message":"Upstream error"}}`, wire.Server, 200, false},
		{`{"error":{"message":"Bad gateway"}}`, wire.Server, 200, false},
		{`{"error":{"message":"request timed out"}}`, wire.Server, 200, false},
		{`{"error":{"message":"slow","type":"timeout_error"}}`, wire.Server, 200, false},
		{`{"error":{"message":"x","metadata":{"raw":"upstream connect error"}}}`, wire.Server, 200, false},
		{`{"error":{"message":"rate-limited upstream","code":429}}`, wire.RateLimit, 429, true},
		// OpenRouter's own example of what ends a stream, and a proxy's (tetsuo-ai/agenc-core#2492): the model ran.
		{`{"error":{"message":"Provider disconnected","code":"server_error"}}`, wire.Server, 200, false},
		{`{"error":{"message":"read ECONNRESET"}}`, wire.Server, 200, false},
		{`{"error":{"message":"the connection was closed by the peer"}}`, wire.Server, 200, false},
		// Without a status (ENTERPILOT/GoModel#640).
		{`{"base_resp":{"status_code":1002,"status_msg":"rate limit exceeded(RPM)"},"choices":null}`, wire.RateLimit, 200, true},
		{`{"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"},"choices":null}`, wire.Invalid, 200, true},
		{`{"base_resp":{"status_code":1001,"status_msg":"request timeout"},"choices":[]}`, wire.Server, 200, false},
		{`{"success":false,"errors":[{"code":7009,"message":"Upstream service unavailable"}],"result":null}`, wire.Server, 200, false},
		{`{"success":false,"errors":[{"code":3040,"message":"Capacity temporarily exceeded"}],"result":null}`, wire.Server, 200, true},
		{`{"success":true,"error":{"message":"slow","code":429}}`, wire.RateLimit, 429, true},
	} {
		_, err := openai.Format.Decode([]byte(tt.body))
		e := wire.AsError(err)
		if e.At(200); e.Class != tt.class || e.Status != tt.status || e.Unbilled() != tt.unbilled || e.Terminal() != (tt.class == wire.Quota) {
			t.Errorf("%s: %+v, unbilled %v", tt.body, e, e.Unbilled())
		}
	}
	e := openai.Format.DecodeError(503, []byte(`{"error":{"message":"x","code":429}}`))
	if e.At(503); e.Status != 503 {
		t.Errorf("the status of the answer became %d", e.Status)
	}
}

func TestARefusalForTheAccountsSakeIsUnbilledWithAnyStatus(t *testing.T) {
	for status, body := range map[int]string{
		412: `{"error":{"message":"Account x is suspended"}}`,
		418: `{"error":{"code":"invalid_api_key"}}`,
	} {
		if e := openai.Format.DecodeError(status, []byte(body)); !e.Unbilled() {
			t.Errorf("%d %s: billed", status, body)
		}
		if e := openai.Format.DecodeError(status, []byte(`{"error":{"message":"no"}}`)); e.Unbilled() {
			t.Errorf("%d without words: unbilled", status)
		}
	}
	e := openai.Format.DecodeError(504, []byte(`{"error":{"code":"insufficient_quota"}}`))
	if e.Unbilled() || e.Class != wire.Quota {
		t.Errorf("a gateway that gave up: %+v", e)
	}
}

func TestWaitsAreReadFromBodies(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const s = time.Second
	said := func(message string) string { return `{"error":{"message":"` + message + `"}}` }
	for _, tt := range []struct {
		body string
		want time.Duration
	}{
		{said("Rate limit reached. Please try again in 1m2.5s. Visit the page"), 62*s + 500*time.Millisecond},
		{said("Please try again in 420ms."), 420 * time.Millisecond},
		{said("Please try again in 6s."), 6 * s},
		{said("Please retry in 38.9s."), 38*s + 900*time.Millisecond},
		{said("Please retry after 12 seconds."), 12 * s},
		{said("retry after 12"), 12 * s},
		{said("Please wait 81435 seconds before retrying."), 81435 * s},
		{said("Rate limit is exceeded. Try again in 57 seconds."), 57 * s},
		{said("Out of call volume quota. Quota will be replenished in 12:13:14."), 12*time.Hour + 13*time.Minute + 14*s},
		{said("Your quota will reset after 18h31m10s."), 18*time.Hour + 31*time.Minute + 10*s},
		{said("Please try again in 2 hours and 5 minutes"), 2*time.Hour + 5*time.Minute},
		{said("Try again in about 3 minutes"), 3 * time.Minute},
		{said("请 12 秒后重试"), 12 * s},
		{said("No deployments available for selected model, Try again in 60 seconds."), time.Minute},
		{said("Limit resets at: 2026-03-01 12:03:00 UTC"), 3 * time.Minute},
		{said("You will regain access on 2026-03-02 at 00:00 UTC."), 12 * time.Hour},
		{said("resets at: 2026-03-01 12:03:00"), 0}, // where?
		{said("Try again in 3 days 2 hours 5 minutes."), 74*time.Hour + 5*time.Minute},
		{said("retry in 1h 30m"), 90 * time.Minute},
		{said("please try again later"), 0},
		{said("Limit 50 per 86400s"), 0},
		{said("try again in 99999999 days"), 0},
		{`{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"38.9s"}]}}`, 38*s + 900*time.Millisecond},
		{`{"error":{"code":429,"details":[{"retryDelay":{"seconds":"38","nanos":900000000}}]}}`, 38*s + 900*time.Millisecond},
		{`{"error":{"details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]},{"retryDelay":"7s"}]}}`, 7 * s},
		{`{"error":{"details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]}]}}`, 20 * time.Hour},
		{`{"error":{"retry_after":9}}`, 9 * s},
		{`{"error":{"retry_after":"1.5"}}`, 1500 * time.Millisecond},
		{`{"error":{"retry_after_ms":250}}`, 250 * time.Millisecond},
		{`{"retry_after":-9}`, 0},
		{`{"retry_after":1e300}`, 0},
		{`{"detail":"Too many","retry_after":3}`, 3 * s},
		{`{"error":{"type":"usage_limit_reached","resets_at":1772366430,"resets_in_seconds":20}}`, 30 * s},
		{`{"error":{"reset_at":"2026-03-01T12:01:00Z"}}`, time.Minute},
		{`{"error":{"reset_at":"2026-03-01T11:01:00Z"}}`, 0},
		{`{"error":{"reset_at":"9999-03-01T11:01:00Z"}}`, 0},
		{`{"error":{"message":"free-models-per-day","code":429,"metadata":{"headers":{"X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1772366460000"}}}}`, time.Minute},
		{`{"error":"loading","estimated_time":20.5}`, 20500 * time.Millisecond},
	} {
		e := openai.Format.DecodeError(429, []byte(tt.body))
		headers.OfError(e, func(string) string { return "" }, now)
		if e.RetryAfter != tt.want {
			t.Errorf("%s: wait %v, want %v", tt.body, e.RetryAfter, tt.want)
		}
	}
	e := openai.Format.DecodeError(400, []byte(said("the prompt 'wait 5 minutes' is wrong")))
	if e.RetryAfter != 0 {
		t.Errorf("a wrong request waits %v", e.RetryAfter)
	}
	e = openai.Format.DecodeError(429, []byte(said("Please try again in 20s")))
	headers.OfError(e, func(name string) string {
		return map[string]string{"retry-after": "3", "x-ratelimit-reset-tokens": "9h"}[name]
	}, now)
	if e.RetryAfter != 20*s {
		t.Errorf("of two waits it is %v", e.RetryAfter)
	}
}

func FuzzDecodeError(f *testing.F) {
	for _, body := range []string{`{"error":{"message":"Please try again in 1m2.5s","code":"429"}}`, `[{"error":{"details":[{"retryDelay":"3s"}]}}]`,
		`{"detail":[{"loc":["a",1],"msg":"b"}]}`, `{"error":{"metadata":{"raw":"{\"error\":{}}","headers":{"Retry-After":"1"}}}}`, "<html><title>x", "data: {", `{"errors":{"a":["b"]}}`, strings.Repeat("[", 100), "\"\\"} {
		f.Add(200, []byte(body))
		f.Add(429, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := openai.Format.DecodeError(status, body)
		headers.OfError(e, func(string) string { return "" }, time.Unix(1_772_366_400, 0))
		redact.Error(e, &wire.Request{Messages: wire.Prompt("a prompt of more than sixteen characters")}, "sk-0123456789abcdef")
		switch {
		case e.Class == "", len([]rune(e.Message)) > 300, strings.ContainsAny(e.Message, "\n\r\x00\x1b"), len(e.Code) > 200, len(e.RequestID) > 200,
			e.RetryAfter < 0, e.RetryAfter > 366*24*time.Hour:
			t.Errorf("%+v", e)
		}
	})
}
