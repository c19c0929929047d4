// Package serve lets clients in any language spend under one budget: an http.Handler that passes their calls through the
// door ([middleware.Transport]), with the keys of the providers put in.
//
//	POST /openai/v1/chat/completions
//	     └─┬──┘└────────┬──────────┘
//	    backend    path below its base
//
//	client ─▶ who is it? ─▶ body bounded, unpacked ─▶ its credentials out, the provider's key in ─▶ door ─▶ provider
//	       ◀─ deadlines  ◀─ a plain answer whole, or 502 ◀─ the key masked, should somebody say it ◀────────┘
//
// What is no backend: /healthz says "ok", /budget what the client's token may still spend. The names metrics and api are
// kept for later.
//
// A client shows its token as its SDK shows a key: as a bearer, in x-api-key, api-key or x-goog-api-key, or as ?key=. None of
// these, no cookie and no header that chooses an account goes on to a provider. Beside metered calls a client may count
// tokens and list models; whatever else a provider's key would open is refused.
package serve
