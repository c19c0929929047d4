package provider

import (
	"iter"
	"math/rand/v2"
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
	"Nothing was sent to anyone, and nothing was paid.",
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
	for sentence := range sentences(prompt(r), rng) {
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

// prompt is what the user said last.
func prompt(r *wire.Request) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if m := &r.Messages[i]; m.Role == wire.User {
			return strings.ToValidUTF8(m.Content[:min(len(m.Content), digestBytes)], "")
		}
	}
	return ""
}

// sentences yields a digest of text without end: a sentence from each paragraph, then the others, then
// stock for ever. The first paragraph is taken for the instruction and left out if others follow.
func sentences(text string, rng *rand.Rand) iter.Seq[string] {
	return func(yield func(string) bool) {
		paragraphs := split(text)
		if len(paragraphs) > 1 {
			paragraphs = paragraphs[1:]
		}
		picked := make([]int, len(paragraphs))
		for i, p := range paragraphs {
			if i > 0 { // the first paragraph's first sentence says best what the text is about
				picked[i] = rng.IntN(len(p))
			}
			if !yield(p[picked[i]]) {
				return
			}
		}
		for i, p := range paragraphs {
			for j, s := range p {
				if j != picked[i] && !yield(s) {
					return
				}
			}
		}
		for i := rng.IntN(len(stock)); yield(stock[i%len(stock)]); i++ {
		}
	}
}

// split takes text apart into paragraphs of sentences. A list's entry is a paragraph; headings and fences
// are none.
func split(text string) [][]string {
	var paragraphs [][]string
	start, end := 0, 0 // the paragraph being read, as a range of text
	closeParagraph := func() {
		if p := splitSentences(text[start:end]); len(p) > 0 {
			paragraphs = append(paragraphs, p)
		}
	}
	at := 0
	for line := range strings.Lines(text) {
		next := at + len(line)
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || strings.Trim(line, "-=`~*") == "":
			closeParagraph()
			start, end = next, next
		case strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* "):
			closeParagraph()
			start, end = at+strings.IndexAny(text[at:next], "-*")+1, next
		default:
			end = next
		}
		at = next
	}
	closeParagraph()
	return paragraphs
}

// splitSentences splits a paragraph after every word that ends a sentence.
func splitSentences(paragraph string) []string {
	var all []string
	start, inWord := 0, false
	for i := range len(paragraph) {
		switch c := paragraph[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			if inWord && endsSentence(paragraph[start:i]) {
				all = append(all, paragraph[start:i])
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
