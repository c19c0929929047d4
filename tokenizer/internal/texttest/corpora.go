package texttest

import (
	"embed"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A Corpus is text of one kind for benchmarks and measurements, made from the same seed everywhere. The words of
// the folder words, the commonest of their language first, are drawn by Zipf's law; behind them comes a long tail of
// inflected and compound forms and of thousands of words that o200k_base lists, so that a text has about as many
// different words as a real one, and as many that are no token. A hand-made list alone would flatter a cache. For
// comparison: in 400 KB of Go's net/http, 5% of the pieces are of several tokens and 7,000 are different.
type Corpus struct {
	Name string
	make func(w *writer, size int)
}

// Corpora are all there are. The first nine are of what requests are mostly made of.
var Corpora = []Corpus{
	{"english", (*writer).english},
	{"code", (*writer).code},
	{"json", (*writer).json},
	{"minified", (*writer).minified},
	{"markdown", (*writer).markdown},
	{"chinese", (*writer).chinese},
	{"japanese", (*writer).japanese},
	{"russian", (*writer).russian},
	{"emoji", (*writer).emoji},
	{"digits", (*writer).digits},
	{"hex", (*writer).hex},
	{"base64", (*writer).base64},
	{"letters", (*writer).letters},
	{"han", (*writer).allHan},
	{"spaces", (*writer).spaces},
}

// Samples are the texts that estimates are measured on: a piece of every corpus, a sentence in each of many languages,
// and strings that no human would write.
var Samples = sync.OnceValue(func() (all []Named) {
	for _, c := range Corpora {
		all = append(all, Named{c.Name, c.Text(30_000)})
	}
	for line := range strings.Lines(read("sentences")) {
		language, sentence, _ := strings.Cut(strings.TrimSpace(line), ": ")
		all = append(all, Named{language, sentence})
	}
	for i, s := range []string{"a", " ", "\n", "-", "=", "0", "ab", "e", "\t", "x ", "漢", "я", "😀", "\u0301", ". ", "{}", "Z"} {
		all = append(all, Named{fmt.Sprint("run", i), strings.Repeat(s, 400)})
	}
	g := NewStrings(7)
	for i := range 40 {
		var b strings.Builder
		for b.Len() < 500 {
			b.WriteString(g.Next(12))
		}
		all = append(all, Named{fmt.Sprint("odd", i), b.String()})
	}
	return all
})

// Text makes about size bytes of the corpus.
func (c Corpus) Text(size int) string {
	w := &writer{rng: rand.New(rand.NewPCG(20, 26)), lexicon: lexicons()}
	c.make(w, size)
	return w.String()
}

// lexicon holds words of each script, the commonest first.
type lexicon struct{ latin, cyrillic, han, japanese, emoji []string }

var lexicons = sync.OnceValue(func() *lexicon {
	l := &lexicon{
		latin:    words("english"),
		cyrillic: words("russian"),
		han:      words("chinese"),
		japanese: words("japanese"),
	}
	for _, w := range l.latin[60:] {
		l.latin = append(l.latin, w+"s", w+"ed", w+"ing")
	}
	for i, ending := range strings.Fields("а о ы у ой ого ому ый ая ое ые ых ами ать ает ают ил ила или ить ение ения ности ский") {
		for j, stem := range words("russian-stems") {
			if (i*7+j)%3 != 0 {
				l.cyrillic = append(l.cyrillic, stem+ending)
			}
		}
	}
	for _, s := range Tokens() {
		word, spaced := strings.CutPrefix(s, " ")
		n := utf8.RuneCountInString(word)
		switch {
		case !utf8.ValidString(s):
		case spaced && n >= 5 && all(word, func(r rune) bool { return r >= 'a' && r <= 'z' }):
			l.latin = append(l.latin, word)
		case n == 1 && all(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
			l.han = append(l.han, s)
		}
	}
	l.latin = l.latin[:20_000]
	for r := rune(0x1f300); r < 0x1f6ff; r++ {
		if unicode.Is(unicode.So, r) {
			l.emoji = append(l.emoji, string(r))
		}
	}
	return l
})

// words reads a list of the folder words.
func words(name string) []string { return strings.Fields(read(name)) }

//go:embed words
var lists embed.FS

func read(name string) string {
	text, err := lists.ReadFile("words/" + name + ".txt")
	if err != nil {
		panic(err)
	}
	return string(text)
}

func all(s string, is func(rune) bool) bool {
	for _, r := range s {
		if !is(r) {
			return false
		}
	}
	return true
}

type writer struct {
	strings.Builder
	rng *rand.Rand
	*lexicon
}

// zipf draws a word by the law of Zipf and Mandelbrot: a hundred words make up half of the text, a thousand four
// fifths, and the rest is of the long tail.
func (w *writer) zipf(words []string) string {
	const exponent, shift = 1.35, 12
	n := shift * (math.Pow(1-w.rng.Float64(), -1/(exponent-1)) - 1)
	if n >= float64(len(words)) {
		return words[w.rng.IntN(len(words))]
	}
	return words[int(n)]
}

func (w *writer) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *writer) pick(from ...string) string { return from[w.rng.IntN(len(from))] }

func (w *writer) add(parts ...string) {
	for _, p := range parts {
		w.WriteString(p)
	}
}

// word is a Latin word, sometimes one that no vocabulary has.
func (w *writer) word() string {
	s := w.zipf(w.latin)
	if w.chance(1) {
		s += w.latin[w.rng.IntN(len(w.latin))]
	}
	return s
}

func title(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// sentence is what several scripts share: words, commas and a full stop.
func (w *writer) sentence(word func() string) string {
	var b strings.Builder
	for n := 4 + w.rng.IntN(20); n > 0; n-- {
		s := word()
		switch {
		case b.Len() == 0:
			s = title(s)
		case w.chance(4):
			s = title(s)
		case w.chance(1):
			s = fmt.Sprint(w.rng.IntN(3000))
		case w.chance(1):
			s = "\"" + s + "\""
		}
		b.WriteString(s)
		switch {
		case n == 1:
			b.WriteString(w.pick(".", ".", ".", ".", "?", "!"))
		case w.chance(2):
			b.WriteString(w.pick("'s ", "n't ", "'ll ", "-", " (", ") "))
		case w.chance(8):
			b.WriteString(w.pick(", ", ", ", ", ", "; ", ": ", " - "))
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func (w *writer) english(size int) { w.paragraphs(size, w.word) }

func (w *writer) russian(size int) {
	w.paragraphs(size, func() string { return w.zipf(w.cyrillic) })
}

func (w *writer) paragraphs(size int, word func() string) {
	for w.Len() < size {
		for n := 2 + w.rng.IntN(5); n > 0; n-- {
			w.add(w.sentence(word), " ")
		}
		w.add("\n\n")
	}
}

func (w *writer) chinese(size int) {
	for w.Len() < size {
		for n := 2 + w.rng.IntN(9); n > 0; n-- {
			w.add(w.zipf(w.han))
		}
		w.add(w.pick("，", "，", "，", "。", "。", "、", "；", "：", "？", "。\n\n"))
		if w.chance(4) {
			w.add(w.pick("2024", "API", "10%", " Go ", "《", "》"))
		}
	}
}

func (w *writer) japanese(size int) {
	for w.Len() < size {
		for n := 2 + w.rng.IntN(9); n > 0; n-- {
			w.add(w.zipf(w.lexicon.japanese))
		}
		w.add(w.pick("、", "、", "。", "。", "。\n", "「", "」"))
	}
}

func (w *writer) emoji(size int) {
	for w.Len() < size {
		for n := 1 + w.rng.IntN(4); n > 0; n-- {
			w.add(w.emojiOnce())
		}
		w.add(w.pick("", " ", " ", "\n", " ok ", "!"))
	}
}

func (w *writer) emojiOnce() string {
	s := w.lexicon.emoji[w.rng.IntN(len(w.lexicon.emoji))]
	switch w.rng.IntN(12) {
	case 0:
		s += "\U0001f3fd"
	case 1:
		s += "\ufe0f"
	case 2:
		s += "\u200d" + w.lexicon.emoji[w.rng.IntN(len(w.lexicon.emoji))]
	}
	return s
}

func (w *writer) digits(size int) {
	for w.Len() < size {
		w.add(fmt.Sprint(w.rng.Uint64N(1<<w.rng.IntN(64)+1)), w.pick(" ", ",", "\n", ".", "-"))
	}
}

func (w *writer) hex(size int) {
	for w.Len() < size {
		w.add(fmt.Sprintf("%016x%s", w.rng.Uint64(), w.pick("", "", "\n", " ")))
	}
}

func (w *writer) base64(size int) {
	for w.Len() < size {
		w.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[w.rng.IntN(64)])
	}
}

func (w *writer) letters(size int) {
	for w.Len() < size {
		w.WriteByte("abcdefghijklmnopqrstuvwxyz"[w.rng.IntN(26)])
	}
}

func (w *writer) allHan(size int) {
	for w.Len() < size {
		w.WriteRune(0x4e00 + rune(w.rng.IntN(0x5000)))
	}
}

// spaces is what is left of code without its words.
func (w *writer) spaces(size int) {
	for w.Len() < size {
		w.add(w.pick(" ", "  ", "    ", "\t", "\t\t\t", "\n", "\n\n", "{", "}", "()", ";", "=", "// ---", "***"))
	}
}
