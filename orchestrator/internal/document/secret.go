package document

import "regexp"

// credential matches names of keys that ask for a secret.
var credential = regexp.MustCompile(`(?i)^((.*[_-])?api[_-]?key|((access|api|auth|bearer)[_-]?)?token|.*secret([_-]?key)?|password|authorization)$`)

const nameTheVariable = `name the environment variable that holds it: api_key_env = "OPENAI_API_KEY"`

// secret matches what looks like a provider's key.
var secret = regexp.MustCompile(`\b(?:sk|gsk|xai)[-_][0-9A-Za-z_-]{12,}|\bAIza[0-9A-Za-z_-]{20,}`)

// Redact hides what looks like a provider's key in text for a person.
func Redact(s string) string { return secret.ReplaceAllString(s, "[hidden]") }
