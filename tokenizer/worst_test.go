package tokenizer

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// worstCharacters are code points whose counts come nearest to their bounds, of all that there are, and those that
// normal forms make longest: alone and a hundred times. Found by TestSoakEveryCharacterFamilies.
func worstCharacters() (all []texttest.Named) {
	const characters = "\u023a\u0344\u06f0\u0958\u09dd\u0a33\u0a36\u0a5b\u0b5c\u0eb3\u0edd\u0f43\u0f76\u0fa2\u1102\u2004\u2161\u2474\u2adc" +
		"\u3000\u3007\u3300\u337f\u3bf3\u4565\u6111\u939d\u9c0f\ua642\ua78b\ua7f5\ud7fb\ue000\ufb2c\ufdfa\ufdfb\uff10\ufffd" +
		"\U0001d160\U0001d1c0\U0001f240\U0001f397\U0001f44f\U0001f60a\U00021331\U0002639b\U00028c53\U0002d907\U000c7600\U000fd040\x00\n %09~"
	for _, r := range characters {
		all = append(all, texttest.Named{Name: fmt.Sprintf("%U", r), Text: string(r)}, texttest.Named{Name: fmt.Sprintf("%U x 100", r), Text: strings.Repeat(string(r), 100)})
	}
	return all
}

// worstWords are tokens of o200k_base that, repeated, have the highest counts by their bounds, and above them. Found
// by TestSoakWorstFamilies.
func worstWords() (all []texttest.Named) {
	for _, word := range []string{
		" +#+#+#+#+#+", " κυβέρνηση", " аҳәынҭқарратә", " еиҭеиҳәеит", " төхөөрөмж", " Ҭырқәтә", " һәққидә", " ಅಧ್ಯಕ್ಷ",
		" ಹಿನ್ನೆಲೆಯಲ್ಲಿ", " }\r\n\r\n\r\n\r\n", ".\n\n\n\n\n\n", ";\r\n\r\n\r\n\r\n", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "\U0004e50app", "}\n\n\n\n\n\n", "\tRTLR", "&nbsp;", "，ÑÖ",
	} {
		all = append(all, texttest.Named{Name: fmt.Sprintf("%+q", word), Text: strings.Repeat(word, 20)})
	}
	return all
}

// No text is known whose count is more than three times its bound.
func TestWorstWordsAreNotMuchAboveTheirBounds(t *testing.T) {
	measured := readTable(t, "words.tsv", worstWords())
	for vocabulary, models := range measuredModels {
		for _, s := range worstWords() {
			bound, want := For(models[0]).Count(s.Text).Bound(), measured[vocabulary][s.Name]
			if want > 3*bound {
				t.Errorf("%s, %s: bound %d, %s has %d", models[0], s.Name, bound, vocabulary, want)
			}
		}
	}
}

// The vocabularies that bytes are proven to bound, and what is before their texts.
var byteLevel = map[string]int64{"gemini": 0, "gemma3": 0, "llama2": 1, "llama3": 0, "mistral": 1, "tekken": 0, "deepseek": 0, "grok1": 1}

func TestByteLevelVocabulariesStayBelowBytes(t *testing.T) {
	for file, texts := range measuredTexts() {
		measured := readTable(t, file, texts)
		for _, s := range texts {
			size := int64(len(string([]rune(s.Text))))
			for vocabulary, prefix := range byteLevel {
				if n := measured[vocabulary][s.Name]; n > size+prefix {
					t.Errorf("%s: %s has %d tokens of %d bytes", s.Name, vocabulary, n, size)
				}
			}
			if n := measured["qwen3"][s.Name]; n > 3*size {
				t.Errorf("%s: qwen3 has %d tokens of %d bytes", s.Name, n, size)
			}
		}
	}
}

func TestBoundsOfByteLevelVocabulariesStayBelowBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		size := int64(len(string([]rune(text))))
		for _, vocabulary := range []string{"gemini", "llama2", "llama3", "mistral", "deepseek"} {
			n := For(measuredModels[vocabulary][0]).Count(text)
			if text != "" && n.Bound() > size+byteLevel[vocabulary] || n.Tokens > n.Bound() {
				t.Fatalf("%s: %+v of %d bytes", vocabulary, n, size)
			}
		}
	})
}

// Exact counts are at hand for OpenAI's: what is unknown must have room for each of them, too.
func TestUnknownHasRoomForEveryVocabularyOfOpenAI(t *testing.T) {
	captureLog(t)
	for file, texts := range measuredTexts() {
		if file == "words.tsv" {
			continue
		}
		for _, s := range texts {
			bound := For(unknownModels[0]).Count(s.Text).Bound()
			for _, model := range []string{"gpt-4o", "gpt-4", "text-davinci-003", "davinci"} {
				if n := For(model).Count(s.Text); n.Tokens > bound {
					t.Errorf("%s: bound %d, %s has %d", s.Name, bound, n.Encoding, n.Tokens)
				}
			}
		}
	}
}
