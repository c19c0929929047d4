package refusal

import (
	"regexp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
)

// phrase is a refusal that only a message says, in small letters.
type phrase struct {
	class wire.Class
	text  func() *regexp.Regexp
	holds func(status int) bool // nil is any status
}

// phrases, the surest first: a later one may also stand in the text of an earlier. A tip to pay for higher limits
// is no empty account.
var phrases = []phrase{
	{wire.Quota, anyOf(
		`insufficient_(user_)?quota`, `exceeded_current_quota`, `arrearage`, `billing_(hard_limit|not_active|error)`, // a gateway's quotation of a name
		`(account|organi[sz]ation|consumer|team|project)\b[^.]{0,60}\b(is|was|been) (suspended|disabled|deactivated|in arrears)`,
		`suspended due`, `good standing`,
	), nil},
	{wire.Invalid, anyOf(
		`content (management )?policy`, `(violates?|violation of|against) [^.]{0,40}(usage|policy|policies|guidelines|terms)`, `usage guidelines`,
		`flagged`, `moderation`, `safety (system|check|filter|setting)`, `inappropriate content`, `sensitive (content|information)`,
		`content exists risk`,  // DeepSeek
		`considered high risk`, // Moonshot
		`敏感`, `违规`,
	), refusing},
	{wire.Invalid, anyOf(`required for long context`), nil}, // Anthropic, with 429: no wait opens it
	{wire.RateLimit, anyOf(`call volume quota`), nil},       // Azure's gateway, with 403: it says when it is replenished
	{wire.Quota, anyOf(
		`credit balance`,        // Anthropic, with 400 and invalid_request_error
		`out of extra usage`,    // Anthropic, of a subscription
		`daily free allocation`, // Cloudflare
		`monthly (usage |spend |spending |credit )?limit`,
		`exceeded (your|the) (project|team|organi[sz]ation|account|key|user|monthly|daily)[^.;]{0,16} budget`,
		`(insufficient|not enough|negative|no|low) (account )?(balance|credits?|funds)\b`, `(balance|credits?|quota) (is |are )?(insufficient|not enough|too low)`,
		`out of credits`, `(does not|doesn't) have any credits`, `used all available credits`, `(requires|need) more credits`, `credit limit exceeded`,
		`credits?( are| have been| has been| is)? (depleted|exhausted|expired)`, `(account quota|billing)\b[^.]{0,30} exhausted`,
		`(spending|spend) (limit|cap)`, `billing hard limit`, `payment required`, `billing to be enabled`, `overdue`, `arrears?\b`, `past.due`, `unpaid`,
		`budget has been exceeded`, `exceeded ?budget`, `over budget`, `exceeded your monthly included credits`,
		`^key limit exceeded`, // OpenRouter
		`api usage limits`,    // Anthropic
		`api calls ?/ ?month`, // Cohere's trial keys
		`余额`, `欠费`, `额度不足`, `额度已用`, `额度失败`,
	), nil},
	{wire.Quota, anyOf(`exceeded your current quota`), nil}, // but see rated
	{wire.Auth, anyOf(
		`invalid_api_key`, `api_key_invalid`,
		`api.?key( you| is| was|'s|has| provided)* ?(not valid|invalid|expired|disabled|blocked|revoked|has expired|(been )?reported as leaked|not found)`,
		`(oauth|access|auth|authentication|bearer)? ?token( is| was| has)?( been)? (expired|revoked)`,
		`insufficient permissions? for this operation`, `missing scopes`, `authentication method does not have sufficient permissions`, // OpenAI, Hugging Face
		`authorization failed`, // NVIDIA
		`(invalid|incorrect|wrong|missing|no|bad|malformed) (x-)?api.?key`, `your api key is valid`,
		`(invalid|incorrect) (api token|authentication|subscription key|bearer token|credentials)`, `no auth credentials`, `authentication fails`,
		`security token included in the request is (invalid|expired)`, // AWS
		`无效的令牌`, `令牌(已过期|无效|状态不可用)`,
	), unserved},
	{wire.NoModel, anyOf(
		`no available channels?\b`, `无可用渠道`, // one-api, with 503
		`model requires more system memory`, // Ollama, with 500
		`free trial quota for the`,          // Volcengine, with 429
	), nil},
	{wire.NoModel, anyOf(
		`model_not_(found|available)`, `deploymentnotfound`,
		`\b(model|deployment)s?\b[^.;]{0,80}?\b(not found|not exist|doesn't exist|is(n't| not) available|is unavailable|decommissioned|deprecated|`+
			`no longer (available|supported)|not (been )?(deployed|enabled|activated)|not supported by any|not supported for (your|this)|use case details have not)\b`,
		`\b(model|deployment)( ['"\x60]?[^\s'"\x60]+['"\x60]?)?( is| was| has been)? (disabled|removed|retired|shut down)\b`, `model requires a subscription`,
		`\bmodel:? (['"\x60][^\s'"\x60]+['"\x60]|[^\s'"\x60]*[-/:.\d][^\s'"\x60]*) (is )?(not found|not supported|invalid|unknown)`,
		`(unknown|unsupported|unrecognized|no such|not found the|unable to access|cannot access|access to|access) (the |this )?model\b`, `invalid model( name| id|[:=]| ['"\x60]|$)`,
		`models?\b[^.;]{0,60}\b(not have access|no access|not authorized|not allowed)`, `can only access models`, `not allowed to \w+ from this model`,
		`no allowed providers are available`, // OpenRouter
		`does not work with the specified model`, `does not support (chat|generate|completions?)$`, `no models? (is |are )?loaded`,
		`not a valid model`, `not a chat model`, `model is only supported in v1/`, `model identifier is invalid`, `verified to (use|stream)`,
		`on-demand throughput isn.t supported`,    // Bedrock
		`no endpoints found (for|matching)`,       // OpenRouter
		`function '[^']*': not found for account`, // NVIDIA
		`模型不存在`, `无权访问模型`,                         // Zhipu, new-api
	), unserved},
	{wire.RateLimit, anyOf(`rate.?limit`, `too many requests`, `\b[rt]pm\b`, `requests? per minute`, `tokens? per minute`), inSuccess},
	{wire.Invalid, anyOf(`context (length|size|window)`, `maximum context`, `prompt is too long`, `request too large`), nil},
}

func anyOf(alternatives ...string) func() *regexp.Regexp {
	return lazy.Regexp(strings.Join(alternatives, "|"))
}
