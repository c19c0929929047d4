// Package wire holds the words of a call: what a request asks for, what an answer says and reports as usage, what
// failed and whether that costs anything, and what a wire format has to do. It is pure: no network, no clock, no state.
//
// The formats are rooms of their own, each with one [Format] value. A client encodes a [Request] and decodes the answer:
//
//	body, err := openai.Format.Encode(&wire.Request{Model: "gpt-4o", Messages: wire.Prompt("Say hello")})
//	...
//	resp, err := openai.Format.Decode(answer)
//
// The door parses a foreign client's body instead and keeps it as the authority: Encode of a request that
// was parsed changes only what had to change. Package count counts the input of either.
//
//	openai anthropic gemini   a format each          formats   all of them: by name, by the shape of a body
//	sse headers redact        what is around a body  internal  reading by place, figures of usage, refusals
package wire
