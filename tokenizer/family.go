package tokenizer

// Family names the vendor line a model belongs to. Requests of one family share their shape, and so what
// they add around the texts.
type Family string

// The families.
const (
	OpenAI    Family = "openai"
	Anthropic Family = "anthropic"
	Gemini    Family = "gemini"
	Llama     Family = "llama"
	Mistral   Family = "mistral"
	Qwen      Family = "qwen"
	DeepSeek  Family = "deepseek"
	Grok      Family = "grok"
	Unknown   Family = "unknown"
)
