package budget

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// NanoUSD is money: 10^-9 US dollars.
type NanoUSD int64

// The unit of money, and the bounds of what is counted. What one attempt can use is far above what any provider serves in one answer: a report of
// more is no report, the answer is garbled.
const (
	USD NanoUSD = 1_000_000_000 // one US dollar

	MaxTokens        int64   = 1 << 53 // the largest limit of tokens, far above any real budget
	MaxAttemptTokens int64   = 1 << 40
	MaxAttemptCost   NanoUSD = 1_000_000 * USD
	MaxOutput        int64   = 1 << 31 // the output that one attempt may ask for, over all its choices
	MaxRatio                 = 10_000  // each part of a [Ratio]: a product of two with any sum of costs fits into 128 bits
)

// maxCost is the largest limit of money.
const maxCost NanoUSD = 1 << 60

// maxSum is the most that any counter may come to, tokens or nano-USD: what could take one past it is refused
// before it begins, so that sums neither wrap nor saturate.
const maxSum = 1 << 62

// Countable reports whether a is no further from zero than a counter may come to, 2^62 on either side. The sum of two
// such amounts that is not countable wraps, if it does, to one that is not countable either.
func (a Amount) Countable() bool {
	return -maxSum <= a.Tokens && a.Tokens <= maxSum && -maxSum <= a.Cost && a.Cost <= maxSum
}

// Amount is what budgets limit: tokens and money together.
type Amount struct {
	Tokens int64   `json:"tokens"`
	Cost   NanoUSD `json:"cost_nano_usd"`
}

// Add returns a + b.
func (a Amount) Add(b Amount) Amount { return Amount{a.Tokens + b.Tokens, a.Cost + b.Cost} }

// Sub returns a - b, which may be negative.
func (a Amount) Sub(b Amount) Amount { return Amount{a.Tokens - b.Tokens, a.Cost - b.Cost} }

// Max returns the larger of a and b, tokens and cost apart.
func (a Amount) Max(b Amount) Amount { return Amount{max(a.Tokens, b.Tokens), max(a.Cost, b.Cost)} }

// Min returns the smaller of a and b, tokens and cost apart.
func (a Amount) Min(b Amount) Amount { return Amount{min(a.Tokens, b.Tokens), min(a.Cost, b.Cost)} }

// IsZero reports whether a is nothing.
func (a Amount) IsZero() bool { return a == Amount{} }

// String is "1200 tokens" or "1200 tokens, $0.003".
func (a Amount) String() string {
	if a.Cost == 0 {
		return fmt.Sprintf("%d tokens", a.Tokens)
	}
	return fmt.Sprintf("%d tokens, %s", a.Tokens, a.Cost)
}

// String is the exact amount in dollars, with at least two decimals: "$2.50", "$0.000000125".
func (c NanoUSD) String() string {
	sign, n := "", uint64(c)
	if c < 0 {
		sign, n = "-", uint64(-(c+1))+1
	}
	frac := strings.TrimRight(fmt.Sprintf("%09d", n%uint64(USD)), "0")
	for len(frac) < 2 {
		frac += "0"
	}
	return fmt.Sprintf("%s$%d.%s", sign, n/uint64(USD), frac)
}

// ParseUSD reads a non-negative amount of US dollars: "2.50", "$2.50", "0.000000001". More than nine
// decimals are an error, for a smaller unit does not exist here.
func ParseUSD(s string) (NanoUSD, error) {
	digits := strings.TrimPrefix(strings.TrimSpace(s), "$")
	whole, frac, _ := strings.Cut(digits, ".")
	if digits == "" || digits == "." || !allDigits(whole) || !allDigits(frac) {
		return 0, fmt.Errorf("%q is not an amount of US dollars (write \"2.50\" or \"$2.50\")", s)
	}
	if len(frac) > 9 {
		return 0, fmt.Errorf("%q has more than nine decimals (the smallest unit is $0.000000001)", s)
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", 9-len(frac)), 10, 64)
	if err != nil || NanoUSD(n) > maxCost {
		return 0, fmt.Errorf("%q is more money than can be counted (at most %s)", s, maxCost)
	}
	return NanoUSD(n), nil
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// ParseTokens reads a number of tokens: "2000000", "2_000_000", "200k", "1.5M", "2B". The suffixes are
// thousands, millions and billions, in either case; the result must be a whole number.
func ParseTokens(s string) (int64, error) {
	text := strings.ReplaceAll(strings.TrimSpace(s), "_", "")
	zeros := 0
	if text != "" {
		switch text[len(text)-1] {
		case 'k', 'K':
			zeros = 3
		case 'm', 'M':
			zeros = 6
		case 'b', 'B':
			zeros = 9
		}
	}
	if zeros > 0 {
		text = text[:len(text)-1]
	}
	whole, frac, _ := strings.Cut(text, ".")
	frac = strings.TrimRight(frac, "0")
	switch {
	case whole == "" || !allDigits(whole) || !allDigits(frac):
		return 0, fmt.Errorf("%q is not a number of tokens (write 200000, \"200k\" or \"1.5M\")", s)
	case len(frac) > zeros:
		return 0, fmt.Errorf("%q is not a whole number of tokens", s)
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", zeros-len(frac)), 10, 64)
	if errors.Is(err, strconv.ErrRange) || n > MaxTokens {
		return 0, fmt.Errorf("%q is more than the largest budget, %d tokens", s, MaxTokens)
	}
	return n, err
}
