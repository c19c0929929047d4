package provider

import (
	"maps"
	"strings"
	"sync"
	"unicode/utf8"
)

// lead opens every simulated answer, so that nobody takes one for a model's.
const lead = "[simulated]"

// longestWord is the length in bytes above which a run without spaces is left out of answers: it is no
// prose, and tokenizers are slow on it.
const longestWord = 64

// maxLexemes bounds the words whose cost is remembered, over all models.
const maxLexemes = 1 << 16

// word is a run without spaces and what it costs where it stands.
type word struct {
	text string
	cost int64
}

// lexicon knows what words cost. Tokenizers of the byte-pair kind split a text at every single space
// before anything else, so the tokens of a sentence are the sum over its words, each with the space before
// it. Remembering the cost of words makes an answer of a hundred tokens cost a hundred look-ups.
type lexicon struct {
	tokens func(model, text string) int64

	mu    sync.RWMutex
	size  int                         // at least the number of words in costs
	costs map[string]map[string]int64 // by model, then by word; the lead is the word ""
}

func newLexicon(tokens func(model, text string) int64) *lexicon {
	return &lexicon{tokens: tokens, costs: make(map[string]map[string]int64)}
}

// price fills in the costs of words that stand after a space. A word "" stands for the lead.
func (l *lexicon) price(model string, words []word) {
	missing := false
	l.mu.RLock()
	known := l.costs[model]
	for i := range words {
		words[i].cost = known[words[i].text]
		missing = missing || words[i].cost == 0
	}
	l.mu.RUnlock()
	if missing {
		l.learn(model, words)
	}
}

// learn counts the words that have no cost yet, and remembers them. Keys are copied: a word is a part of a
// prompt, and must not keep all of it in memory.
func (l *lexicon) learn(model string, words []word) {
	fresh := make(map[string]int64)
	for i := range words {
		if w := &words[i]; w.cost == 0 {
			w.cost = l.count(model, w.text)
			fresh[strings.Clone(w.text)] = w.cost
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size += len(fresh)
	if l.size > maxLexemes {
		clear(l.costs)
		l.size = len(fresh)
	}
	if l.costs[model] == nil {
		l.costs[strings.Clone(model)] = make(map[string]int64)
	}
	maps.Copy(l.costs[model], fresh)
}

// count asks the tokenizer. No word is free: a tokenizer that says so would make answers endless.
func (l *lexicon) count(model, text string) int64 {
	if text == "" {
		return max(1, l.tokens(model, lead))
	}
	return max(1, l.tokens(model, " "+text))
}

// cut shortens words to exactly n tokens. A word that does not fit whole is cut inside, as a model's
// last word would be; where no piece of it has the right size, one-token words fill up.
func (l *lexicon) cut(model string, words []word, n int64) []word {
	sum := int64(0)
	for i, w := range words {
		if sum+w.cost > n {
			return l.fill(model, words[:i], w.text, n-sum)
		}
		sum += w.cost
	}
	return words
}

// fill appends room tokens to words, of the word text as far as it goes.
func (l *lexicon) fill(model string, words []word, text string, room int64) []word {
	if room == 0 {
		return words
	}
	if len(words) == 0 { // the lead itself does not fit
		text = lead
	}
	for len(text) > 0 {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
		if text != "" && l.countAt(model, text, len(words)) == room {
			return append(words, word{text, room})
		}
	}
	for ; room > 0; room-- {
		words = append(words, word{"and", 1})
	}
	return words
}

func (l *lexicon) countAt(model, text string, place int) int64 {
	if place == 0 {
		return l.tokens(model, text)
	}
	return l.count(model, text)
}
