package tokenizer

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAddKeepsTheLesserCertainty(t *testing.T) {
	kinds := []Kind{"", Exact, Upper, Estimate, None}
	for i, a := range kinds {
		for j, b := range kinds {
			want := kinds[max(i, j)]
			if got := (Count{Kind: a}).Add(Count{Kind: b}).Kind; got != want {
				t.Errorf("%q + %q = %q, want %q", a, b, got, want)
			}
		}
	}
}

func TestAddNamesTheEncoding(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"", "", ""},
		{"claude", "", "claude"},
		{"", "claude", "claude"},
		{"claude", "claude", "claude"},
		{"claude", "gemini", "mixed"},
	}
	for _, tt := range tests {
		if got := (Count{Encoding: tt.a}).Add(Count{Encoding: tt.b}).Encoding; got != tt.want {
			t.Errorf("%q + %q = %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestLearntConstants(t *testing.T) {
	exact := Count{Tokens: 1000, Kind: Exact}
	upper := Count{Tokens: 1000, Kind: Upper}
	guess := Count{Tokens: 1000, Margin: 500, Kind: Estimate}
	tests := []struct {
		name  string
		count Count
		k     Constants
		want  Count
	}{
		{"nothing learnt", guess, Constants{}, guess},
		{"an exact count that is billed higher is none", exact, Constants{RatioPermille: 1010}, Count{Tokens: 1000, Margin: 10, Kind: Estimate}},
		{"an exact count never falls", exact, Constants{RatioPermille: 10}, exact},
		{"an upper count never falls", upper, Constants{RatioPermille: 10}, upper},
		{"an upper count may rise", upper, Constants{Constant: 7}, Count{Tokens: 1000, Margin: 7, Kind: Estimate}},
		{"an estimate follows, its bound rises", guess, Constants{RatioPermille: 1600, MarginPermille: 100}, Count{Tokens: 1600, Margin: 100, Kind: Estimate}},
		{"an estimate follows, its bound stays", guess, Constants{RatioPermille: 900, MarginPermille: 100}, Count{Tokens: 900, Margin: 600, Kind: Estimate}},
		{"no margin below zero", guess, Constants{RatioPermille: 2000, MarginPermille: -5000}, Count{Tokens: 2000, Kind: Estimate}},
		{"nothing is added to an empty text", Count{Kind: Exact}, Constants{Constant: 5}, Count{Kind: Exact}},
		{"nothing known stays so", Count{Tokens: 5, Kind: None}, Constants{RatioPermille: 2000}, Count{Tokens: 5, Margin: 5, Kind: None}},
	}
	for _, tt := range tests {
		if got := tt.k.raise(tt.count); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Whatever was learnt, also nonsense: a hold by the bound never gets smaller, and no count gets surer.
func TestLearntConstantsNeverLowerABound(t *testing.T) {
	amount := rapid.OneOf(rapid.Int64Range(0, 100_000), rapid.Int64Range(0, maxTokens))
	any64 := rapid.OneOf(rapid.Int64Range(-3000, 3000), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		c := Count{
			Tokens: amount.Draw(t, "tokens"),
			Kind:   rapid.SampledFrom([]Kind{Exact, Upper, Estimate, None}).Draw(t, "kind"),
		}
		if c.Kind == Estimate || c.Kind == None {
			c.Margin = amount.Draw(t, "margin")
		}
		k := Constants{any64.Draw(t, "ratio"), any64.Draw(t, "constant"), any64.Draw(t, "learnt margin")}
		learnt := k.raise(c)
		switch {
		case learnt.Bound() < c.Bound():
			t.Fatalf("the bound fell from %d to %d", c.Bound(), learnt.Bound())
		case learnt.Tokens < 0 || learnt.Margin < 0:
			t.Fatalf("below zero: %+v", learnt)
		case learnt.Kind.doubt() < c.Kind.doubt():
			t.Fatalf("%s became %s", c.Kind, learnt.Kind)
		case c.Kind != Estimate && learnt.Tokens != c.Tokens:
			t.Fatalf("an %s count went from %d to %d", c.Kind, c.Tokens, learnt.Tokens)
		case learnt.Kind != Estimate && learnt.Kind != None && learnt.Margin != 0:
			t.Fatalf("an %s count has a margin: %+v", learnt.Kind, learnt)
		}
	})
}

func TestLearntConstantsNeverLowerABoundOfText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := For(rapid.SampledFrom([]string{"gpt-4o", "claude-opus-5", "gemini-2.5-pro", "llama3"}).Draw(t, "model"))
		k := Constants{rapid.Int64().Draw(t, "ratio"), rapid.Int64().Draw(t, "constant"), rapid.Int64().Draw(t, "margin")}
		text := rapid.String().Draw(t, "text")
		if before, after := c.Count(text).Bound(), c.With(k).Count(text).Bound(); after < before {
			t.Fatalf("the bound fell from %d to %d", before, after)
		}
	})
}

func TestPermilleRoundsUpAndSaturates(t *testing.T) {
	tests := []struct{ n, p, want int64 }{
		{0, 1000, 0}, {1, 1, 1}, {1000, 1500, 1500}, {3, 500, 2}, {-1, 1000, 0}, {1, -1, 0},
		{math.MaxInt64, 2, maxTokens}, {math.MaxInt64, math.MaxInt64, maxTokens}, {math.MaxInt64 / 2, 1, math.MaxInt64/2000 + 1},
	}
	for _, tt := range tests {
		if got := permille(tt.n, tt.p); got != tt.want {
			t.Errorf("permille(%d, %d) = %d, want %d", tt.n, tt.p, got, tt.want)
		}
	}
}
