package tokenizer

import (
	"math"
	"testing"
)

func TestAddKeepsTheLesserCertainty(t *testing.T) {
	kinds := []Certainty{"", Exact, Upper, Estimate, None}
	for i, a := range kinds {
		for j, b := range kinds {
			want := kinds[max(i, j)]
			if got := (Count{Certainty: a}).Add(Count{Certainty: b}).Certainty; got != want {
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
