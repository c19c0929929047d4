package wire

import (
	"regexp"
	"strings"
	"unicode"
)

// Providers name the same refusal in many words and with many statuses. The names below say more than a status
// and count with every one. They are folded: small letters and digits only. Sources: the providers' error
// references, and reports of users where those are silent (marked r).
var strongWords = map[string]Class{
	// Empty, suspended or unpaid accounts.
	"insufficientquota":          Quota, // OpenAI, Azure, Perplexity
	"billinghardlimitreached":    Quota, // OpenAI
	"billingnotactive":           Quota, // OpenAI
	"billingerror":               Quota, // Anthropic
	"exceededcurrentquotaerror":  Quota, // Moonshot
	"arrearage":                  Quota, // DashScope
	"prepaidbilloverdue":         Quota, // DashScope
	"postpaidbilloverdue":        Quota, // DashScope
	"commoditynotpurchased":      Quota, // DashScope
	"accountoverdueerror":        Quota, // Volcengine
	"1113":                       Quota, // Zhipu: in arrears
	"1112":                       Quota, // Zhipu: account locked
	"1309":                       Quota, // Zhipu: the coding plan has ended
	"1008":                       Quota, // MiniMax
	"30001":                      Quota, // SiliconFlow
	"30011":                      Quota, // SiliconFlow (r)
	"budgetexceeded":             Quota, // LiteLLM proxy
	"insufficientuserquota":      Quota, // one-api
	"preconsumetokenquotafailed": Quota, // one-api
	"notenoughbalance":           Quota, // Novita
	"insufficientbalance":        Quota,
	"insufficientcredits":        Quota,
	"insufficientfunds":          Quota, // Vercel
	"creditlimit":                Quota, // Together
	"blockedapiaccess":           Quota, // Groq: spend limit reached
	"organizationrestricted":     Quota, // Groq
	"billingdisabled":            Quota, // Google
	"consumersuspended":          Quota, // Google
	"invalidpaymentinstrument":   Quota, // Bedrock (r)
	"paymentrequired":            Quota,

	// Keys that are missing, wrong or withdrawn.
	"invalidapikey":                       Auth, // OpenAI, DashScope, Together
	"apikeyinvalid":                       Auth, // Google
	"incorrectapikeyerror":                Auth, // Moonshot
	"invalidauthenticationerror":          Auth, // Moonshot
	"authenticationerror":                 Auth, // Anthropic, DeepSeek, Volcengine
	"autherror":                           Auth, // LiteLLM proxy
	"unauthenticated":                     Auth, // Google
	"accesstokenexpired":                  Auth, // Google
	"unrecognizedclientexception":         Auth, // Bedrock
	"expiredtokenexception":               Auth, // Bedrock
	"invalidsignatureexception":           Auth, // Bedrock
	"missingauthenticationtokenexception": Auth, // Bedrock
	"tokenexpired":                        Auth,
	"accountdeactivated":                  Auth, // OpenAI

	// Models that do not exist, or not for this key, plan or region.
	"modelnotfound":                  NoModel, // OpenAI, Groq, DashScope, one-api (with 503)
	"modelnotfounderror":             NoModel,
	"invalidmodel":                   NoModel, // Mistral, Perplexity
	"invalidmodelid":                 NoModel,
	"unknownmodel":                   NoModel, // GitHub Models
	"unavailablemodel":               NoModel, // GitHub Models
	"noaccess":                       NoModel, // GitHub Models
	"unsupportedmodel":               NoModel,
	"modelnotavailable":              NoModel, // Together
	"modelnotsupported":              NoModel, // Hugging Face
	"modeldecommissioned":            NoModel, // Groq
	"modeltermsrequired":             NoModel, // Groq
	"modelpermissionblockedorg":      NoModel, // Groq
	"modelpermissionblockedproject":  NoModel, // Groq
	"modelaccessdenied":              NoModel, // DashScope
	"modelnotexist":                  NoModel,
	"modelnotopen":                   NoModel, // Volcengine
	"invalidendpointormodelnotfound": NoModel, // Volcengine
	"allocationquotafreetieronly":    NoModel, // DashScope: the free tier of this model is used up
	"deploymentnotfound":             NoModel, // Azure
	"1211":                           NoModel, // Zhipu
	"1311":                           NoModel, // Zhipu: not in this plan
	"20012":                          NoModel, // SiliconFlow

	// Refusals of what one task asks.
	"contentpolicyviolation":       Invalid, // OpenAI
	"contentfilter":                Invalid, // Azure, Moonshot
	"responsibleaipolicyviolation": Invalid, // Azure
	"datainspectionfailed":         Invalid, // DashScope
	"sensitivecontentdetected":     Invalid, // Volcengine
	"moderationblocked":            Invalid, // OpenAI
	"1301":                         Invalid, // Zhipu
	"contextlengthexceeded":        Invalid, // OpenAI
	"exceedcontextsizeerror":       Invalid, // llama.cpp
	"stringabovemaxlength":         Invalid, // OpenAI
}

// weakWords are names that say no more than a status does. They count where there is none of an error.
var weakWords = map[string]Class{
	"permissionerror":       Forbidden, // Anthropic
	"permissiondenied":      Forbidden, // Google
	"permissiondeniederror": Forbidden, // Moonshot
	"forbidden":             Forbidden,
	"accessdenied":          Forbidden, // DashScope
	"unauthorized":          Auth,
	"ratelimitexceeded":     RateLimit,
	"ratelimiterror":        RateLimit,
	"ratelimitreachederror": RateLimit, // Moonshot
	"resourceexhausted":     RateLimit, // Google
	"throttlingexception":   RateLimit, // Bedrock
	"throttling":            RateLimit, // DashScope
	"toomanyrequests":       RateLimit,
	"overloadederror":       Server, // Anthropic
	"engineoverloadederror": Server, // Moonshot
	"apierror":              Server,
	"servererror":           Server,
	"internalservererror":   Server,
	"internal":              Server, // Google
	"unavailable":           Server, // Google
	"serviceunavailable":    Server,
	"timeouterror":          Server,
	"invalidrequesterror":   Invalid,
	"invalidargument":       Invalid, // Google
	"badrequesterror":       Invalid, // vLLM
	"notfounderror":         Invalid,
	"requesttoolarge":       Invalid,
	"validationexception":   Invalid, // Bedrock
}

// phrase is a refusal that only a message says.
type phrase struct {
	class Class
	text  *regexp.Regexp
	holds func(status int) bool // nil is any status
}

// phrases, the surest first: a later one may also stand in the text of an earlier. A tip to pay for higher limits
// is no empty account, and Google says of every rate that the current quota is exceeded.
var phrases = []phrase{
	{Quota, regexp.MustCompile(`(account|organi[sz]ation|consumer|team|project)\b[^.]{0,60}\b(suspended|disabled|deactivated|in arrears)|suspended due|good standing`), nil},
	{Invalid, regexp.MustCompile(`content (management )?policy|(violates?|violation of|against) [^.]{0,40}(usage|policy|policies|guidelines|terms)|` +
		`flagged|moderation|safety (system|check|filter|setting)|usage guidelines|inappropriate content|content exists risk|considered high risk|sensitive (content|information)|敏感|违规`), refusing},
	{Quota, regexp.MustCompile(`credit balance|(insufficient|not enough|negative|no|low) (account )?(balance|credits?|funds)\b|(balance|credits?|quota) (is |are )?(insufficient|not enough|too low)|` +
		`out of credits|(does not|doesn't) have any credits|used all available credits|credits?( are| have been| has been| is)? (depleted|exhausted|expired)|` +
		`(requires|need) more credits|(monthly )?(spending|spend) (limit|cap)|credit limit exceeded|payment required|overdue|arrears?\b|past.due|unpaid|hard limit|billing to be enabled|` +
		`budget (has been |was )?exceeded|exceeded (budget|your monthly included credits)|key limit exceeded|api usage limits|api calls ?/ ?month|` +
		`(insufficient|exceeded) (user |your )?quota.{0,40}(recharge|top up)|余额|欠费|额度不足|额度已用|额度失败`), nil},
	{Quota, regexp.MustCompile(`exceeded your current quota`), nil},
	{Auth, regexp.MustCompile(`api.?key( is| was|'s|has| provided)* ?(not valid|invalid|expired|disabled|revoked|has expired|(been )?reported as leaked|not found)|` +
		`(invalid|incorrect|wrong|missing|no|bad|malformed) (x-)?api.?key|(invalid|incorrect) (api token|authentication|subscription key|bearer token|credentials)|` +
		`no auth credentials|authentication fails|security token included in the request is (invalid|expired)|your api key is valid|无效的令牌|令牌(已过期|无效)`), unserved},
	{NoModel, regexp.MustCompile(`\b(model|deployment)s?\b[^.;]{0,120}?\b(not found|not exist|doesn't exist|is not available|isn't available|is unavailable|decommissioned|deprecated|no longer (available|supported)|` +
		`not (been )?(deployed|enabled|activated)|not supported by any|not supported for (your|this)|use case details have not)\b|` +
		`\bmodel:? ['"` + "`" + `]?[^\s'"` + "`" + `]+['"` + "`" + `]? (is )?(not found|not supported|invalid|unknown)|` +
		`(invalid|unknown|unsupported|unrecognized|no such|not found the|unable to access|cannot access|no access to|access to|access) (the |this )?model\b|` +
		`models?\b[^.;]{0,60}\b(not have access|no access|not authorized|not allowed)|not a valid model|can only access models|model identifier is invalid|verified to (use|stream)|` +
		`on-demand throughput isn.t supported|no endpoints found (for|matching)|no available channel|function '[^']*': not found for account|模型不存在|无可用渠道`), unserved},
	{Invalid, regexp.MustCompile(`context (length|size|window)|maximum context|prompt is too long|request too large`), nil},
}

// refusing are the statuses of a refused content.
func refusing(status int) bool {
	return status < 300 || status == 400 || status == 403 || status == 422 || status == 451
}

// unserved are the statuses of a call that was not for a lack of speed or strength refused.
func unserved(status int) bool { return status < 500 && status != 429 }

// classify is the class of a refusal with this status: by its names, then by its message, then by the status.
func (r *reason) classify(status int) Class {
	if class, sure := r.named(status); sure {
		return class
	}
	message := strings.ToLower(oneLine(r.message, 4*maxMessage))
	for _, p := range phrases {
		if (p.holds == nil || p.holds(status)) && p.text.MatchString(message) && !(p.class == Quota && r.rated(message)) {
			return p.class
		}
	}
	// Anthropic says no more of a model that it does not have.
	if status == 404 && strings.HasPrefix(message, "model:") {
		return NoModel
	}
	return r.classifyWords(status)
}

// rated reports whether a message that speaks of a quota means a rate: Google's words for both are the same.
func (r *reason) rated(message string) bool {
	if !strings.Contains(message, "exceeded your current quota") {
		return false
	}
	for _, w := range r.words {
		if fold(w) == "resourceexhausted" {
			return !strings.Contains(message, "credit") && !strings.Contains(message, "spending cap")
		}
	}
	return false
}

// named is the class that a refusal's own names give it, and whether they do.
func (r *reason) named(status int) (Class, bool) {
	if r.flagged && refusing(status) {
		return Invalid, true
	}
	var found Class
	for _, w := range r.words {
		switch class := strongWords[fold(w)]; class {
		case Quota, Auth:
			return class, true
		case "":
		default:
			if found == "" {
				found = class
			}
		}
	}
	return found, found != ""
}

// classifyWords is the class without what the message says.
func (r *reason) classifyWords(status int) Class {
	if class, sure := r.named(status); sure {
		return class
	}
	if status >= 300 {
		return ClassOf(status)
	}
	for _, w := range r.words {
		if class := weakWords[fold(w)]; class != "" {
			return class
		}
	}
	return Server
}

// fold is a name in small letters and digits alone: invalid_api_key, InvalidApiKey and invalid-api-key are one.
func fold(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, name)
}
