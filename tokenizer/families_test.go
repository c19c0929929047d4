package tokenizer

import (
	"cmp"
	"slices"
	"testing"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// Models whose counts each measured vocabulary stands for. Every one of them also stands for models of unknown
// vocabularies.
var measuredModels = map[string][]string{
	"claude2":  {"claude-2.1"},
	"claude3":  {"claude-3-5-sonnet-20241022", "claude-sonnet-4"},
	"claude47": {"claude-opus-4-7", "claude-opus-5"},
	"gemini":   {"gemini-1.5-pro"},
	"gemma3":   {"gemini-2.5-pro", "gemma3:4b"},
	"llama2":   {"llama2"},
	"llama3":   {"llama3.1"},
	"mistral":  {"mistral-7b"},
	"tekken":   {"mistral-large-latest"},
	"qwen3":    {"qwen3-32b"},
	"deepseek": {"deepseek-chat"},
	"grok1":    {"grok-4"},
}

var unknownModels = []string{"nobody-knows", "grok-4"}

func TestBoundsHoldOnEveryMeasuredText(t *testing.T) {
	captureLog(t)
	for file, texts := range measuredTexts() {
		if file == "words.tsv" {
			continue // what bounds are known not to hold on
		}
		measured := readTable(t, file, texts)
		broken, all := 0, 0
		for vocabulary, models := range measuredModels {
			for _, model := range slices.Concat(models, unknownModels) {
				c := For(model)
				for _, s := range texts {
					n, want := c.Count(s.Text), measured[vocabulary][s.Name]
					if n.Certainty != Estimate || n.Margin < 0 {
						t.Errorf("%s, %s: %+v", model, s.Name, n)
					}
					all++
					if n.Bound() < want {
						broken++
						t.Errorf("%s, %s: bound %d (%d + %d) is below %d of %s", model, s.Name, n.Bound(), n.Tokens, n.Margin, want, vocabulary)
					}
				}
			}
		}
		t.Logf("%s: %d of %d bounds are too low", file, broken, all)
	}
}

// TestEstimatesAreNear also prints how far estimates and bounds are off, in percent of what was measured.
func TestEstimatesAreNear(t *testing.T) {
	captureLog(t)
	for _, file := range []string{"families.tsv", "heldout.tsv"} {
		texts := measuredTexts()[file]
		measured := readTable(t, file, texts)
		for vocabulary, models := range measuredModels {
			c := For(models[0])
			var tokens, bounds []int64
			for _, s := range texts {
				if want := measured[vocabulary][s.Name]; want >= 100 {
					n := c.Count(s.Text)
					tokens = append(tokens, n.Tokens*100/want)
					bounds = append(bounds, n.Bound()*100/want)
				}
			}
			estimate, bound := spread(tokens), spread(bounds)
			t.Logf("%s, %s: estimate %d%%, bound %d%% (least, 10th, median, 90th, most)", file, vocabulary, estimate, bound)
			if estimate[2] < 90 || estimate[2] > 125 || bound[2] > 250 {
				t.Errorf("%s, %s: the median estimate is %d%%, the median bound %d%%", file, vocabulary, estimate[2], bound[2])
			}
		}
	}
}

// Texts as they are sent every day are estimated within four tenths of what was measured.
func TestEstimatesOfPlainTextsAreNear(t *testing.T) {
	measured := readTable(t, "heldout.tsv", heldOut())
	for vocabulary, models := range measuredModels {
		if vocabulary == "gemma3" || vocabulary == "mistral" || vocabulary == "grok1" {
			continue // they share an estimate with another, or have none
		}
		for _, name := range []string{"english", "technical", "go", "python", "typescript", "json", "markdown", "log", "sql", "chinese", "japanese", "russian", "german"} {
			n, want := For(models[0]).Count(text(t, heldOut(), name)).Tokens, measured[vocabulary][name]
			if n < want*60/100 || n > want*140/100 {
				t.Errorf("%s, %s: %d, measured %d", models[0], name, n, want)
			}
		}
	}
}

func text(t *testing.T, all []texttest.Named, name string) string {
	t.Helper()
	for _, s := range all {
		if s.Name == name {
			return s.Text
		}
	}
	t.Fatalf("no text %s", name)
	return ""
}

// spread describes a distribution: least, 10th, median, 90th, most.
func spread(all []int64) (s []int64) {
	slices.SortFunc(all, cmp.Compare)
	for _, p := range []int{0, 10, 50, 90, 100} {
		s = append(s, all[(len(all)-1)*p/100])
	}
	return s
}
