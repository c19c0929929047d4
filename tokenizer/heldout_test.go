package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// heldOut are texts that no estimate was fitted on. They share neither words nor generators with samples: passages in
// testdata/heldout.txt, whole, cut short and shuffled to length, and strings of many makes from ten bytes to
// fifty thousand.
var heldOut = sync.OnceValue(func() (all []texttest.Named) {
	g := &scribe{rand.New(rand.NewPCG(4, 44))}
	for _, p := range passages() {
		all = append(all, texttest.Named{Name: p.Name, Text: p.Text})
		for _, size := range []int{10, 100} {
			all = append(all, texttest.Named{Name: fmt.Sprint(p.Name, " ", size), Text: cut(p.Text, size)})
		}
		all = append(all, texttest.Named{Name: p.Name + " 5000", Text: g.shuffled(p.Text, 5_000)})
	}
	for _, name := range []string{"english", "go", "json", "chinese", "russian", "mixed"} {
		all = append(all, texttest.Named{Name: name + " 50000", Text: g.shuffled(passage(name), 50_000)})
	}
	for _, m := range makes {
		for _, size := range []int{10, 100, 1_000, 10_000} {
			var b strings.Builder
			for b.Len() < size {
				b.WriteString(m.next(g))
			}
			all = append(all, texttest.Named{Name: fmt.Sprint(m.name, " ", size), Text: cut(b.String(), size)})
		}
	}
	return all
})

// passages are the parts of testdata/heldout.txt, each below a line of its name.
func passages() (all []texttest.Named) {
	file, err := os.ReadFile("testdata/heldout.txt")
	if err != nil {
		panic(err)
	}
	for part := range strings.SplitSeq(string(file), "== ") {
		if name, text, ok := strings.Cut(part, "\n"); ok {
			all = append(all, texttest.Named{Name: name, Text: strings.TrimSuffix(text, "\n")})
		}
	}
	return all
}

func passage(name string) string {
	for _, p := range passages() {
		if p.Name == name {
			return p.Text
		}
	}
	panic("no passage " + name)
}

// cut returns about the first size bytes of s, ending with a whole character.
func cut(s string, size int) string {
	if size >= len(s) {
		return s
	}
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size]
}

// scribe makes the pieces of held-out texts.
type scribe struct{ *rand.Rand }

func (g *scribe) of(letters string) string {
	r := []rune(letters)
	return string(r[g.IntN(len(r))])
}

func (g *scribe) word(letters string, most int) string {
	var b strings.Builder
	for range 1 + g.IntN(most) {
		b.WriteString(g.of(letters))
	}
	return b.String()
}

func (g *scribe) in(low, high rune) string { return string(low + rune(g.IntN(int(high-low)+1))) }

func (g *scribe) one(of ...string) string { return of[g.IntN(len(of))] }

// shuffled repeats the words of a text in random order, a few neighbours together, to about size bytes.
func (g *scribe) shuffled(text string, size int) string {
	words := strings.SplitAfter(text, " ")
	var b strings.Builder
	for b.Len() < size {
		i := g.IntN(len(words))
		b.WriteString(strings.Join(words[i:min(len(words), i+1+g.IntN(9))], ""))
	}
	return b.String()
}

const (
	small    = "abcdefghijklmnopqrstuvwxyz"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	nouns    = "berth tide vessel harbour manifest pilot draught mooring ledger beacon customs cargo stevedore anchorage"
)

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (g *scribe) noun() string { return g.one(strings.Fields(nouns)...) }

// makes are the kinds of generated texts.
var makes = []struct {
	name string
	next func(g *scribe) string
}{
	{"numbers", func(g *scribe) string { return fmt.Sprintf("%d, ", g.IntN(100_000)) }},
	{"one number", func(g *scribe) string { return g.of("0123456789") }},
	{"floats", func(g *scribe) string { return fmt.Sprintf("%.6f ", g.NormFloat64()*100) }},
	{"dates", func(g *scribe) string {
		return fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02dZ\n", g.IntN(40), 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60))
	}},
	{"addresses", func(g *scribe) string {
		return fmt.Sprintf("%d.%d.%d.%d:%d ", g.IntN(256), g.IntN(256), g.IntN(256), g.IntN(256), g.IntN(65536))
	}},
	{"hex upper", func(g *scribe) string { return fmt.Sprintf("%X", g.Uint64()) }},
	{"hexdump", func(g *scribe) string { return fmt.Sprintf("%02x ", g.IntN(256)) }},
	{"uuids", func(g *scribe) string {
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x\n", g.Uint32(), g.IntN(1<<16), g.IntN(1<<12), 0x8000+g.IntN(1<<14), g.Uint64()>>16)
	}},
	{"base64url", func(g *scribe) string { return g.of(small + capitals + "0123456789-_") }},
	{"base32", func(g *scribe) string { return g.of(capitals + "234567") }},
	{"dna", func(g *scribe) string { return g.of("ACGT") }},
	{"upper case", func(g *scribe) string { return g.word(capitals, 9) + " " }},
	{"mixed case", func(g *scribe) string { return g.word(capitals+small, 9) + " " }},
	{"pronounceable", func(g *scribe) string { return g.of("bdfgklmnprst") + g.of("aeiou") + g.one("", "", "", " ", "n ") }},
	{"camelCase", func(g *scribe) string {
		return g.noun() + title(g.noun()) + title(g.noun()) + g.one("(", ".", ") ", "; ")
	}},
	{"snake_case", func(g *scribe) string {
		return g.noun() + "_" + g.noun() + "_" + fmt.Sprint(g.IntN(9)) + g.one(",", " = ", "\n")
	}},
	{"CONSTANTS", func(g *scribe) string { return strings.ToUpper(g.noun()+"_"+g.noun()) + g.one(" ", "\n", "|") }},
	{"urls", func(g *scribe) string {
		return fmt.Sprintf("https://%s.example.com/%s/%s?%s=%%%02X%%%02X&page=%d#%s\n", g.noun(), g.noun(), g.word(small+"0123456789", 12), g.noun(), g.IntN(256), g.IntN(256), g.IntN(99), g.noun())
	}},
	{"punctuation", func(g *scribe) string { return g.of("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") }},
	{"printable", func(g *scribe) string { return g.in(' ', '~') }},
	{"controls", func(g *scribe) string { return g.in(0, 0x1f) }},
	{"escapes", func(g *scribe) string { return fmt.Sprintf("\x1b[%d;%dm%s\x1b[0m", g.IntN(2), 30+g.IntN(8), g.noun()) }},
	{"json escapes", func(g *scribe) string { return fmt.Sprintf("\\u%04x\\n\\\"", g.IntN(0xffff)) }},
	{"latex", func(g *scribe) string {
		return fmt.Sprintf("\\%s{%s_{%d}}^{\\%s} ", g.one("frac", "mathbf", "sqrt", "operatorname"), g.of(small), g.IntN(9), g.one("alpha", "dagger", "infty"))
	}},
	{"indented", func(g *scribe) string {
		return strings.Repeat(g.one("\t", "    ", "  "), g.IntN(12)) + g.one("}", "end", "return", "pass", "</div>") + g.one("\n", "\r\n", "\n\n")
	}},
	{"blanks", func(g *scribe) string { return g.of(" \t\n\r\u00a0\u2003\u3000") }},
	{"dashes", func(g *scribe) string { return strings.Repeat(g.of("-=*_#~."), 1+g.IntN(70)) + "\n" }},
	{"broken bytes", func(g *scribe) string { return string([]byte{byte(g.IntN(256)), byte(g.IntN(256))}) }},
	{"replacements", func(g *scribe) string { return g.one("\ufffd", "\ufffd", "\ufffd", "ok", " ") }},
	{"accented", func(g *scribe) string { return g.in(0xc0, 0x24f) + g.one("", "", " ") }},
	{"stacked marks", func(g *scribe) string { return g.of(small) + g.in(0x300, 0x36f) + g.in(0x300, 0x36f) }},
	{"cyrillic", func(g *scribe) string { return g.in(0x400, 0x4ff) + g.one("", "", "", " ") }},
	{"near east", func(g *scribe) string { return g.in(0x530, 0x7ff) + g.one("", "", "", " ") }},
	{"indic", func(g *scribe) string { return g.in(0x900, 0xdff) + g.one("", "", "", " ") }},
	{"south-east", func(g *scribe) string { return g.in(0xe00, 0x17ff) + g.one("", "", "", " ") }},
	{"rare letters", func(g *scribe) string { return g.in(0x1800, 0x1fff) + g.one("", "", "", " ") }},
	{"signs", func(g *scribe) string { return g.in(0x2000, 0x2bff) + g.one("", "", " ") }},
	{"kana", func(g *scribe) string { return g.in(0x3041, 0x30ff) }},
	{"hangul", func(g *scribe) string { return g.in(0xac00, 0xd7a3) + g.one("", "", " ") }},
	{"jamo", func(g *scribe) string {
		return g.in(0x1100, 0x1112) + g.in(0x1161, 0x1175) + g.one("", g.in(0x11a8, 0x11c2))
	}},
	{"han extension", func(g *scribe) string { return g.in(0x3400, 0x4dbf) }},
	{"han beyond", func(g *scribe) string { return g.in(0x20000, 0x323af) }},
	{"compatibility", func(g *scribe) string { return g.in(0xf900, 0xffef) }},
	{"mathematical", func(g *scribe) string { return g.in(0x1d400, 0x1d7ff) }},
	{"cuneiform", func(g *scribe) string { return g.in(0x12000, 0x1254f) }},
	{"emoji joined", func(g *scribe) string {
		return g.in(0x1f466, 0x1f469) + g.in(0x1f3fb, 0x1f3ff) + "\u200d" + g.one("🚀", "🔬", "🎤", "⚕️", "🏫") + g.one("", "", " ", "!")
	}},
	{"flags", func(g *scribe) string { return g.in(0x1f1e6, 0x1f1ff) }},
	{"private", func(g *scribe) string { return g.in(0xe000, 0xf8ff) }},
	{"anything", func(g *scribe) string { return string(texttest.AnyRune(g.Rand)) }},
}
