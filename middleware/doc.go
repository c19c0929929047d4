// Package middleware wraps every model client in the same chain: what is counted, paced, retried, logged
// and paid for is decided here and nowhere else.
//
//	client := middleware.Metered(provider, manager, middleware.Options{
//		Provider:  "openai",
//		RateLimit: middleware.RateLimit(middleware.Rates{RequestsPerMinute: 600}),
//	})
//	resp, err := client.Generate(ctx, &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("Hello")})
//
// The order matters, and is always: caps, log, retry, pause, rate limit, budget, provider. The first is the
// outermost. Whoever needs a middleware of his own among them puts them together with [Chain].
//
// [Transport] gives the same chain to foreign clients, which only take an *http.Client.
package middleware
