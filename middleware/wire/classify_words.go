package wire

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
	"1310":                       Quota, // Zhipu: the week's or month's limit is used up
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

	"1004": Auth, // MiniMax, Zhipu
	"2049": Auth, // MiniMax

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
	"30003":                          NoModel, // SiliconFlow: disabled
	"setlimitexceeded":               NoModel, // Volcengine: the user's own limit for this model
	"operationnotsupported":          NoModel, // Azure: the model takes no chat

	// Refusals of what one task asks.
	"contentpolicyviolation":       Invalid, // OpenAI
	"contentfilter":                Invalid, // Azure, Moonshot
	"responsibleaipolicyviolation": Invalid, // Azure
	"datainspectionfailed":         Invalid, // DashScope
	"sensitivecontentdetected":     Invalid, // Volcengine
	"moderationblocked":            Invalid, // OpenAI
	"1301":                         Invalid, // Zhipu
	"1026":                         Invalid, // MiniMax
	"1027":                         Invalid, // MiniMax
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

	// MiniMax, in base_resp (https://platform.minimax.io/docs/api-reference/errorcode)
	"1002": RateLimit,
	"1004": Auth,
	"1026": Invalid,   // the input is sensitive
	"1027": Invalid,   // the output is
	"1039": RateLimit, // of tokens
	"1041": RateLimit, // of connections
	"1042": Invalid,   // invisible characters
	"2013": Invalid,
	"2049": Auth,
	"2056": RateLimit, // of a window of hours
}
