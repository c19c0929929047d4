package provider

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// digestBytes is how much of a prompt is read for its sentences.
const digestBytes = 8 << 10

// stock is what an answer goes on with when the prompt has no more sentences.
var stock = []string{
	"This text was made by the simulator, without a model and without a network.",
	"It repeats sentences of the prompt, so that the answer has something to do with the task.",
	"The tokens it reports are counted as a provider would count them.",
	"A budget treats them like any others: they are reserved, settled and shown in the report.",
	"The same prompt and the same seed give the same words again.",
	"Nothing left this computer to make it.",
	"A real model would go on here with words of its own.",
	"Point the worker at another provider to hear them.",
}

// answer is what the simulator says to r: words of least to most tokens, and at most limit where that is
// not 0. It ends with a sentence if one ends in that range. length reports that the limit cut it.
func (l *lexicon) answer(r *wire.Request, rng *rand.Rand, least, most int64) (words []word, length bool) {
	target := least + rng.Int64N(most-least+1)
	words = l.write(r, rng, least, target)
	if r.MaxOutput > 0 && total(words) > r.MaxOutput {
		return l.cut(r.Model, words, r.MaxOutput), true
	}
	return words, false
}

// write takes sentences until target is reached. The last one is dropped if it overshoots and least is
// reached without it; otherwise it is cut.
func (l *lexicon) write(r *wire.Request, rng *rand.Rand, least, target int64) []word {
	words := append(make([]word, 0, min(target, 256)), word{})
	l.price(r.Model, words)
	words[0].text = lead
	sum := words[0].cost
	for sentence := range sentences(paragraphs(r), rng) {
		end := len(words)
		words = appendWords(words, sentence)
		l.price(r.Model, words[end:])
		added := total(words[end:])
		if sum+added > target {
			if sum >= least && end > 1 {
				return words[:end]
			}
			return l.cut(r.Model, words, target)
		}
		sum += added
	}
	return words
}

// total is what words cost together.
func total(words []word) int64 {
	sum := int64(0)
	for _, w := range words {
		sum += w.cost
	}
	return sum
}

// appendWords appends the words of a sentence, which gets a full stop if it has no end of its own. The lead
// of an answer that became part of the prompt is left out: one is enough.
func appendWords(words []word, sentence string) []word {
	start := len(words)
	for text := range strings.FieldsSeq(sentence) {
		if len(text) <= longestWord && text != lead {
			words = append(words, word{text: text})
		}
	}
	if len(words) > start {
		last := &words[len(words)-1].text
		if !endsSentence(*last) {
			*last = strings.TrimRight(*last, ",;:-") + "."
		}
	}
	return words
}

// paragraphs is what the user said last, without the instruction: where no system message holds it, that
// is the first paragraph, if others follow.
func paragraphs(r *wire.Request) [][]string {
	system, text := false, ""
	for i := range r.Messages {
		switch m := &r.Messages[i]; m.Role {
		case wire.System:
			system = true
		case wire.User:
			text = m.Text()
		}
	}
	all := split(strings.ToValidUTF8(text[:min(len(text), digestBytes)], ""))
	if !system && len(all) > 1 {
		return all[1:]
	}
	return all
}

// sentences yields a digest without end: a sentence from each paragraph, then the others, then stock for
// ever. The first paragraph gives its first sentence, which tells best what a text is about. Stock in an
// earlier answer that became part of the prompt is passed over.
func sentences(paragraphs [][]string, rng *rand.Rand) iter.Seq[string] {
	return func(yield func(string) bool) {
		say := func(s string) bool { return slices.Contains(stock, s) || yield(s) }
		picked := make([]int, len(paragraphs))
		for i, p := range paragraphs {
			if i > 0 {
				picked[i] = rng.IntN(len(p))
			}
			if !say(p[picked[i]]) {
				return
			}
		}
		for i, p := range paragraphs {
			for j, s := range p {
				if j != picked[i] && !say(s) {
					return
				}
			}
		}
		for i := rng.IntN(len(stock)); yield(stock[i%len(stock)]); i++ {
		}
	}
}

// split takes text apart into paragraphs of sentences. A list's entry is a paragraph; headings and rules
// are none.
func split(text string) [][]string {
	var all [][]string
	start, end := 0, 0 // the paragraph being read, as a range of text
	next := func(from, to int) {
		if p := splitSentences(text[start:end]); len(p) > 0 {
			all = append(all, p)
		}
		start, end = from, to
	}
	at := 0
	for line := range strings.Lines(text) {
		eol := at + len(line)
		bare := strings.TrimLeft(line, " \t")
		if mark := listMark(bare); mark > 0 {
			next(eol-len(bare)+mark, eol)
		} else if strings.Trim(bare, "-=`~*_ \r\n") == "" || bare[0] == '#' {
			next(eol, eol)
		} else {
			end = eol
		}
		at = eol
	}
	next(0, 0)
	return all
}

// listMark is the length of the mark that begins a list's entry: "- ", "* " or "12. ". It is 0 where line
// begins none.
func listMark(line string) int {
	digits := 0
	for digits < len(line) && '0' <= line[digits] && line[digits] <= '9' {
		digits++
	}
	switch rest := line[digits:]; {
	case digits == 0 && (strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "* ")):
		return len("- ")
	case digits > 0 && strings.HasPrefix(rest, ". "):
		return digits + len(". ")
	}
	return 0
}

// splitSentences splits a paragraph after every word that ends a sentence.
func splitSentences(paragraph string) []string {
	var all []string
	start, inWord := 0, false
	for i := range len(paragraph) {
		switch c := paragraph[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			if inWord && endsSentence(paragraph[start:i]) {
				all = append(all, strings.TrimSpace(paragraph[start:i]))
				start = i
			}
			inWord = false
		default:
			inWord = true
		}
	}
	if rest := strings.TrimSpace(paragraph[start:]); rest != "" {
		all = append(all, rest)
	}
	return all
}

// endsSentence reports whether text ends with a full stop, an exclamation or a question mark, perhaps
// inside closing quotes or brackets.
func endsSentence(text string) bool {
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case '.', '!', '?':
			return true
		case '"', '\'', ')', ']', '*', '_':
		default:
			return false
		}
	}
	return false
}
