package refusal

import "github.com/orchestrate-go/orchestrate/middleware/wire"

// Providers name the same refusal in many words and with many statuses. The names below say more than a status
// and count with every one. They are folded: small letters and digits only. Sources: the providers' error
// references, and reports of users where those are silent (marked r).
var strongWords = map[string]wire.Class{
	// Empty, suspended or unpaid accounts.
	"insufficientquota":          wire.Quota, // OpenAI, Azure, Perplexity
	"billinghardlimitreached":    wire.Quota, // OpenAI
	"billingnotactive":           wire.Quota, // OpenAI
	"billingerror":               wire.Quota, // Anthropic
	"exceededcurrentquotaerror":  wire.Quota, // Moonshot
	"arrearage":                  wire.Quota, // DashScope
	"prepaidbilloverdue":         wire.Quota, // DashScope
	"postpaidbilloverdue":        wire.Quota, // DashScope
	"commoditynotpurchased":      wire.Quota, // DashScope
	"accountoverdueerror":        wire.Quota, // Volcengine
	"1113":                       wire.Quota, // Zhipu: in arrears
	"1112":                       wire.Quota, // Zhipu: account locked
	"1309":                       wire.Quota, // Zhipu: the coding plan has ended
	"1310":                       wire.Quota, // Zhipu: the week's or month's limit is used up
	"1008":                       wire.Quota, // MiniMax
	"30001":                      wire.Quota, // SiliconFlow
	"30011":                      wire.Quota, // SiliconFlow (r)
	"budgetexceeded":             wire.Quota, // LiteLLM proxy
	"insufficientuserquota":      wire.Quota, // one-api
	"preconsumetokenquotafailed": wire.Quota, // one-api
	"notenoughbalance":           wire.Quota, // Novita
	"insufficientbalance":        wire.Quota,
	"insufficientcredits":        wire.Quota,
	"insufficientfunds":          wire.Quota, // Vercel
	"creditlimit":                wire.Quota, // Together
	"blockedapiaccess":           wire.Quota, // Groq: spend limit reached
	"organizationrestricted":     wire.Quota, // Groq
	"billingdisabled":            wire.Quota, // Google
	"consumersuspended":          wire.Quota, // Google
	"invalidpaymentinstrument":   wire.Quota, // Bedrock (r)
	"paymentrequired":            wire.Quota,

	// Keys that are missing, wrong or withdrawn.
	"invalidapikey":                       wire.Auth, // OpenAI, DashScope, Together
	"apikeyinvalid":                       wire.Auth, // Google
	"incorrectapikeyerror":                wire.Auth, // Moonshot
	"invalidauthenticationerror":          wire.Auth, // Moonshot
	"authenticationerror":                 wire.Auth, // Anthropic, DeepSeek, Volcengine
	"autherror":                           wire.Auth, // LiteLLM proxy
	"unauthenticated":                     wire.Auth, // Google
	"accesstokenexpired":                  wire.Auth, // Google
	"unrecognizedclientexception":         wire.Auth, // Bedrock
	"expiredtokenexception":               wire.Auth, // Bedrock
	"invalidsignatureexception":           wire.Auth, // Bedrock
	"missingauthenticationtokenexception": wire.Auth, // Bedrock
	"tokenexpired":                        wire.Auth,
	"accountdeactivated":                  wire.Auth, // OpenAI

	"1004": wire.Auth, // MiniMax, Zhipu
	"2049": wire.Auth, // MiniMax

	// Models that do not exist, or not for this key, plan or region.
	"modelnotfound":                  wire.NoModel, // OpenAI, Groq, DashScope, one-api (with 503)
	"modelnotfounderror":             wire.NoModel,
	"invalidmodel":                   wire.NoModel, // Mistral, Perplexity
	"invalidmodelid":                 wire.NoModel,
	"unknownmodel":                   wire.NoModel, // GitHub Models
	"unavailablemodel":               wire.NoModel, // GitHub Models
	"noaccess":                       wire.NoModel, // GitHub Models
	"unsupportedmodel":               wire.NoModel,
	"modelnotavailable":              wire.NoModel, // Together
	"modelnotsupported":              wire.NoModel, // Hugging Face
	"modeldecommissioned":            wire.NoModel, // Groq
	"modeltermsrequired":             wire.NoModel, // Groq
	"modelpermissionblockedorg":      wire.NoModel, // Groq
	"modelpermissionblockedproject":  wire.NoModel, // Groq
	"modelaccessdenied":              wire.NoModel, // DashScope
	"modelnotexist":                  wire.NoModel,
	"modelnotopen":                   wire.NoModel, // Volcengine
	"invalidendpointormodelnotfound": wire.NoModel, // Volcengine
	"allocationquotafreetieronly":    wire.NoModel, // DashScope: the free tier of this model is used up
	"deploymentnotfound":             wire.NoModel, // Azure
	"1211":                           wire.NoModel, // Zhipu
	"1311":                           wire.NoModel, // Zhipu: not in this plan
	"20012":                          wire.NoModel, // SiliconFlow
	"30003":                          wire.NoModel, // SiliconFlow: disabled
	"setlimitexceeded":               wire.NoModel, // Volcengine: the user's own limit for this model
	"operationnotsupported":          wire.NoModel, // Azure: the model takes no chat

	// Refusals of what one task asks.
	"contentpolicyviolation":       wire.Invalid, // OpenAI
	"contentfilter":                wire.Invalid, // Azure, Moonshot
	"responsibleaipolicyviolation": wire.Invalid, // Azure
	"datainspectionfailed":         wire.Invalid, // DashScope
	"sensitivecontentdetected":     wire.Invalid, // Volcengine
	"moderationblocked":            wire.Invalid, // OpenAI
	"1301":                         wire.Invalid, // Zhipu
	"1026":                         wire.Invalid, // MiniMax
	"1027":                         wire.Invalid, // MiniMax
	"contextlengthexceeded":        wire.Invalid, // OpenAI
	"exceedcontextsizeerror":       wire.Invalid, // llama.cpp
	"stringabovemaxlength":         wire.Invalid, // OpenAI
}

// weakWords are names that say no more than a status does. They count where there is none of an error.
var weakWords = map[string]wire.Class{
	"permissionerror":       wire.Forbidden, // Anthropic
	"permissiondenied":      wire.Forbidden, // Google
	"permissiondeniederror": wire.Forbidden, // Moonshot
	"forbidden":             wire.Forbidden,
	"accessdenied":          wire.Forbidden, // DashScope
	"unauthorized":          wire.Auth,
	"ratelimitexceeded":     wire.RateLimit,
	"ratelimiterror":        wire.RateLimit,
	"ratelimitreachederror": wire.RateLimit, // Moonshot
	"resourceexhausted":     wire.RateLimit, // Google
	"throttlingexception":   wire.RateLimit, // Bedrock
	"throttling":            wire.RateLimit, // DashScope
	"toomanyrequests":       wire.RateLimit,
	"overloadederror":       wire.Server, // Anthropic
	"engineoverloadederror": wire.Server, // Moonshot
	"apierror":              wire.Server,
	"servererror":           wire.Server,
	"internalservererror":   wire.Server,
	"internal":              wire.Server, // Google
	"unavailable":           wire.Server, // Google
	"serviceunavailable":    wire.Server,
	"timeouterror":          wire.Server,
	"invalidrequesterror":   wire.Invalid,
	"invalidargument":       wire.Invalid, // Google
	"badrequesterror":       wire.Invalid, // vLLM
	"notfounderror":         wire.Invalid,
	"requesttoolarge":       wire.Invalid,
	"validationexception":   wire.Invalid, // Bedrock

	// MiniMax, in base_resp (https://platform.minimax.io/docs/api-reference/errorcode)
	"1002": wire.RateLimit,
	"1004": wire.Auth,
	"1026": wire.Invalid,   // the input is sensitive
	"1027": wire.Invalid,   // the output is
	"1039": wire.RateLimit, // of tokens
	"1041": wire.RateLimit, // of connections
	"1042": wire.Invalid,   // invisible characters
	"2013": wire.Invalid,
	"2049": wire.Auth,
	"2056": wire.RateLimit, // of a window of hours
}
