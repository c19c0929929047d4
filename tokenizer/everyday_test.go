package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// everyday are texts of single letters, digits and symbols between separators, as tables, lists, logs and code have
// them. o200k_base joins a separator to what follows it (",Y", "-a", "}\n"), and most vocabularies don't, so that these
// come nearest to the bounds of all texts that are not made for it. No estimate was fitted on the very texts, but on
// others of the same makes.
var everyday = sync.OnceValue(func() (all []texttest.Named) {
	g := &scribe{rand.New(rand.NewPCG(8, 88))}
	add := func(name string, next func() string) {
		var b strings.Builder
		for b.Len() < 300 {
			b.WriteString(next())
		}
		all = append(all, texttest.Named{Name: name, Text: b.String()})
	}
	for _, letters := range []string{"YN", "ACGT", small, capitals, "0123456789", "+-*/=<>", "абвгдежз", "АБВГДЕЖЗ", "αβγδεζ", "אבגדהו", "一二三人大是否", "アイウエオ", "✓✗", "😀😂👍"} {
		for _, separator := range []string{" ", ",", "-", ".", "/", "_", "|", ":", "=", "(", "[", "\t", "\n", "\r\n", "\n\n", ", ", "- "} {
			add(fmt.Sprintf("%.8s %q", letters, separator), func() string { return g.of(letters) + separator })
		}
	}
	for _, piece := range []string{"}\n", "},\n", ");\r\n", "{\n\n", "\"\n", "\",\r\n", "|\n", "T-G-C-A-", "Y:Y:N", "N/A\t", "(x,y)", "{a:1},", "-x -y ", "x->y;", "()=>", "\\x90", "<b>", "\u200e \u00ad ", "🇺 🇳 "} {
		add(fmt.Sprintf("%q", piece), func() string { return piece })
	}
	for _, m := range everydayMakes {
		add(m.name, func() string { return m.next(g) })
	}
	return all
})

var everydayMakes = []struct {
	name string
	next func(g *scribe) string
}{
	{"answers", func(g *scribe) string { return g.of("YN") + g.one(",", ",", ",", "\n") }},
	{"genotypes", func(g *scribe) string { return g.of("ACGT") + "/" + g.of("ACGT") + g.one("\t", "\t", "\n") }},
	{"variants", func(g *scribe) string { return fmt.Sprintf("%d|%d:%d\t", g.IntN(2), g.IntN(2), g.IntN(99)) }},
	{"sparse table", func(g *scribe) string { return g.one("", "", g.of("0123456789"), g.of(small)) + g.one(",", ";") }},
	{"records", func(g *scribe) string {
		return fmt.Sprintf("%d,%s,%s,%d\r\n", g.IntN(10), g.of("YN"), g.of("MF"), g.IntN(2))
	}},
	{"log lines", func(g *scribe) string {
		return fmt.Sprintf("%02d:%02d:%02d.%03d %s %s=%d\n", g.IntN(24), g.IntN(60), g.IntN(60), g.IntN(1000), g.of("IWED"), g.of(small), g.IntN(9))
	}},
	{"diff", func(g *scribe) string { return g.one("+", "-", " ") + g.one("}", "{", "x = 1", "", "\ty", "//") + "\n" }},
	{"table rows", func(g *scribe) string {
		return fmt.Sprintf("|%s|%d|%s|\n", g.of(small), g.IntN(9), g.one("✓", "-", "x"))
	}},
	{"minified letters", func(g *scribe) string {
		return g.of(small) + g.one("=", "(", ".", ",", ";", "&&", "?", ":", "[", "]", ")", "{", "}", "=>", "!")
	}},
	{"chess", func(g *scribe) string {
		return fmt.Sprintf("%d.%s%s%d ", 1+g.IntN(60), g.one("", "N", "B", "Rx"), g.of("abcdefgh"), 1+g.IntN(8))
	}},
	{"bytes in C", func(g *scribe) string { return fmt.Sprintf("\\x%02x", g.IntN(256)) }},
	{"bytes by colon", func(g *scribe) string { return fmt.Sprintf("%02X:", g.IntN(256)) }},
	{"hex dump", func(g *scribe) string {
		return fmt.Sprintf("%08x  %02x %02x %02x  |%s..|\n", g.IntN(9999), g.IntN(256), g.IntN(256), g.IntN(256), g.of(small))
	}},
	{"base64 lines", func(g *scribe) string {
		return g.of(small+capitals+"0123456789+/") + g.one("", "", "", "", "", "", "\r\n")
	}},
	{"checklist", func(g *scribe) string { return g.one("- [ ] ", "- [x] ", "☐ ", "☑ ") + g.of(small) + "\n" }},
	{"emoji list", func(g *scribe) string { return "- " + g.in(0x1f600, 0x1f64f) + "\r\n" }},
	{"outline", func(g *scribe) string { return fmt.Sprintf("%s.%d) %s\n", g.of(small), g.IntN(9), g.of(capitals)) }},
	{"matrix", func(g *scribe) string { return fmt.Sprintf("[%d,%d,-%d],\n", g.IntN(9), g.IntN(9), g.IntN(9)) }},
	{"small json", func(g *scribe) string { return fmt.Sprintf("{\"%s\":%d},", g.of(small), g.IntN(10)) }},
	{"tags", func(g *scribe) string { return fmt.Sprintf("<%s>%d</%[1]s>", g.of(small), g.IntN(9)) }},
	{"initials", func(g *scribe) string { return g.of(capitals) + "." }},
	{"russian answers", func(g *scribe) string { return g.one("Да", "Нет", "да", "нет") + g.one(",", ";", "\t") }},
	{"regular expression", func(g *scribe) string { return g.one("\\", ".", "*", "+", "[", "]", "(", ")") + g.of(small) }},
	{"molecules", func(g *scribe) string { return g.of("CNOcn()=1234[]@H") }},
	{"music", func(g *scribe) string { return g.of("ABCDEFGabcdefgz") + g.one("", "2", "/2", "|", "'", ",") }},
	{"subtitles", func(g *scribe) string {
		return fmt.Sprintf("%d\r\n00:%02d,%03d --> 00:%02d,%03d\r\n\r\n", g.IntN(99), g.IntN(60), g.IntN(999), g.IntN(60), g.IntN(999))
	}},
	{"prices", func(g *scribe) string { return fmt.Sprintf("$%d.%02d\r\n", g.IntN(99), g.IntN(99)) }},
	{"addresses six", func(g *scribe) string { return fmt.Sprintf("%x:%x::%x\n", g.IntN(1<<16), g.IntN(1<<16), g.IntN(16)) }},
	{"board", func(g *scribe) string { return g.of("XO.") + g.one(" ", " ", "\n") }},
}
