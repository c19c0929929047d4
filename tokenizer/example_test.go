package tokenizer_test

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

func ExampleFor() {
	n := tokenizer.For("gpt-4o").Count("The budget holds.")
	fmt.Println(n.Tokens, n.Certainty, n.Encoding, n.Bound())

	n = tokenizer.For("openai/gpt-35-turbo").Count("The budget holds.")
	fmt.Println(n.Tokens, n.Certainty, n.Encoding, n.Bound())
	// Output:
	// 4 exact o200k_base 4
	// 4 exact cl100k_base 4
}

// A sum is as sure as its least sure part.
func ExampleCount_Add() {
	exact := tokenizer.Count{Tokens: 10, Certainty: tokenizer.Exact, Encoding: "o200k_base"}
	guess := tokenizer.Count{Tokens: 20, Margin: 5, Certainty: tokenizer.Estimate, Encoding: "claude"}
	sum := exact.Add(guess)
	fmt.Println(sum.Tokens, sum.Margin, sum.Bound(), sum.Certainty, sum.Encoding)
	// Output: 30 5 35 estimate mixed
}

// What is exact, and what is to be held back where it is not.
func ExampleCounter_Count() {
	text := "Every task reserves before it calls."
	for _, model := range []string{"gpt-5", "claude-opus-4-7", "llama3.1:8b"} {
		n := tokenizer.For(model).Count(text)
		fmt.Printf("%s: %d tokens (%s), at most %d\n", model, n.Tokens, n.Certainty, n.Bound())
	}
	// Output:
	// gpt-5: 7 tokens (exact), at most 7
	// claude-opus-4-7: 11 tokens (estimate), at most 29
	// llama3.1:8b: 8 tokens (estimate), at most 15
}
