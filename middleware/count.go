package middleware

// Count does nothing: the middlewares that need a count make it, once for a request.
//
// Deprecated: leave it out. It stays for programs that name it in their chains.
func Count() Middleware { return func(next Client) Client { return next } }
