// Package middleware wraps every model client in the same chain: what is counted, paced, retried, logged
// and paid for is decided here and nowhere else.
//
//	gates := middleware.NewGates(middleware.GateOptions{}) // of the program
//	client := middleware.Chain(provider,
//		middleware.Log(logger, middleware.LogOptions{}),
//		middleware.Retry(middleware.RetryOptions{}),
//		gates.Pause("openai"),
//		middleware.Count(),
//		middleware.RateLimit(middleware.Rates{RequestsPerMinute: 600}),
//		middleware.Budget(manager, middleware.BudgetOptions{}),
//	)
//	resp, err := client.Generate(ctx, &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("Hello")})
//
// The order matters, and is always: log, retry, pause, count, rate limit, budget, provider. The first is the
// outermost. Each attempt is reserved by itself; a wait for a paused provider holds neither money nor a rate
// permit, one for the rate no money; a wait for money gives its rate permit back.
//
// [Transport] gives the same chain to foreign clients, which only take an *http.Client.
package middleware
