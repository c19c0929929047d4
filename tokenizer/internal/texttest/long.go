package texttest

import (
	"math/rand/v2"
	"strings"
)

// Long are texts of many turns and of one, of many pieces and of one.
var Long = []Named{
	{"prose", strings.Repeat("The budget holds what was spent, and no more. ", 20_000)},
	{"one word", Noise(1<<19, "abcdefghijklmnopqrstuvwxyz")},
	{"one run", strings.Repeat("a", 1<<19)},
	{"no spaces", Noise(1<<19, "的一是在不了有和人这中大为上个国我以要他时来用们")},
	{"digits", Noise(1<<19, "0123456789")},
	{"symbols", Noise(1<<19, "!#$%&*+-<=>?@^_|~")},
	{"lines", strings.Repeat(" \n", 1<<18)},
	{"not UTF-8", strings.Repeat("\xff", 1<<19)},
}

// Noise returns about n bytes of the letters of an alphabet.
func Noise(n int, alphabet string) string {
	rng, letters := rand.New(rand.NewPCG(3, uint64(n))), []rune(alphabet)
	var b strings.Builder
	for b.Len() < n {
		b.WriteRune(letters[rng.IntN(len(letters))])
	}
	return b.String()
}
