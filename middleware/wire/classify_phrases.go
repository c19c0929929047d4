package wire

import (
	"regexp"
	"strings"
)

// phrase is a refusal that only a message says, in small letters.
type phrase struct {
	class Class
	text  *regexp.Regexp
	holds func(status int) bool // nil is any status
}

// phrases, the surest first: a later one may also stand in the text of an earlier. A tip to pay for higher limits
// is no empty account.
var phrases = []phrase{
	{Quota, anyOf(
		`insufficient_(user_)?quota`, `exceeded_current_quota`, `arrearage`, `billing_(hard_limit|not_active|error)`, // a gateway's quotation of a name
		`(account|organi[sz]ation|consumer|team|project)\b[^.]{0,60}\b(is|was|been) (suspended|disabled|deactivated|in arrears)`,
		`suspended due`, `good standing`,
	), nil},
	{Invalid, anyOf(
		`content (management )?policy`, `(violates?|violation of|against) [^.]{0,40}(usage|policy|policies|guidelines|terms)`, `usage guidelines`,
		`flagged`, `moderation`, `safety (system|check|filter|setting)`, `inappropriate content`, `sensitive (content|information)`,
		`content exists risk`,  // DeepSeek
		`considered high risk`, // Moonshot
		`敏感`, `违规`,
	), refusing},
	{Quota, anyOf(
		`credit balance`, // Anthropic, with 400 and invalid_request_error
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
	{Quota, anyOf(`exceeded your current quota`), nil}, // but see rated
	{Auth, anyOf(
		`invalid_api_key`, `api_key_invalid`,
		`api.?key( is| was|'s|has| provided)* ?(not valid|invalid|expired|disabled|revoked|has expired|(been )?reported as leaked|not found)`,
		`(invalid|incorrect|wrong|missing|no|bad|malformed) (x-)?api.?key`, `your api key is valid`,
		`(invalid|incorrect) (api token|authentication|subscription key|bearer token|credentials)`, `no auth credentials`, `authentication fails`,
		`security token included in the request is (invalid|expired)`, // AWS
		`无效的令牌`, `令牌(已过期|无效)`,
	), unserved},
	{NoModel, anyOf(
		`model_not_(found|available)`, `deploymentnotfound`,
		`\b(model|deployment)s?\b[^.;]{0,80}?\b(not found|not exist|doesn't exist|is(n't| not) available|is unavailable|decommissioned|deprecated|`+
			`no longer (available|supported)|not (been )?(deployed|enabled|activated)|not supported by any|not supported for (your|this)|use case details have not)\b`,
		`\bmodel:? (['"\x60][^\s'"\x60]+['"\x60]|[^\s'"\x60]*[-/:.\d][^\s'"\x60]*) (is )?(not found|not supported|invalid|unknown)`,
		`(unknown|unsupported|unrecognized|no such|not found the|unable to access|cannot access|access to|access) (the |this )?model\b`, `invalid model( name| id|[:=]| ['"\x60]|$)`,
		`models?\b[^.;]{0,60}\b(not have access|no access|not authorized|not allowed)`, `can only access models`,
		`not a valid model`, `not a chat model`, `model is only supported in v1/`, `model identifier is invalid`, `verified to (use|stream)`,
		`on-demand throughput isn.t supported`,    // Bedrock
		`no endpoints found (for|matching)`,       // OpenRouter
		`function '[^']*': not found for account`, // NVIDIA
		`no available channel`, `无可用渠道`, `模型不存在`,  // one-api, Zhipu
	), unserved},
	{RateLimit, anyOf(`rate.?limit`, `too many requests`, `\b[rt]pm\b`, `requests? per minute`, `tokens? per minute`), inSuccess},
	{Invalid, anyOf(`context (length|size|window)`, `maximum context`, `prompt is too long`, `request too large`), nil},
}

func anyOf(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}
