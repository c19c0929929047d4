package models_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// What is known of a model, by the names that it is met under: it must be the same for all of them.
func TestANameIsKnownWhateverIsAroundIt(t *testing.T) {
	for _, names := range []string{
		"gpt-5 GPT-5 openai/gpt-5 openai:gpt-5 azure/gpt-5 gpt-5-2025-08-07 openai/gpt-5-2025-08-07",
		"gpt-5.4 gpt-5-4 openai.gpt-5.4 gpt-5.4-2026-03-05",
		"o3-mini openai/o3-mini o3-mini-2025-01-31 openai:o3-mini",
		"gpt-3.5-turbo gpt-35-turbo azure/gpt-35-turbo gpt-3.5-turbo-0125",
		"gpt-4o gpt-4o-2024-08-06 gpt-4o@2024-08-06 openai:azure:gpt-4o",
		"claude-sonnet-4-5 anthropic/claude-sonnet-4.5 us.anthropic.claude-sonnet-4-5-20250929-v1:0 claude-sonnet-4-5@20250929",
		"gemini-2.5-flash models/gemini-2.5-flash google/gemini-2.5-flash google.gemini-2.5-flash",
	} {
		list := strings.Fields(names)
		want := facts(list[0])
		for _, name := range list[1:] {
			if got := facts(name); got != want {
				t.Errorf("%s:\n%s, and %s has\n%s", name, got, list[0], want)
			}
		}
	}
	tuned, plain := models.Of("ft:gpt-4o-mini-2024-07-18:acme::1"), models.Of("gpt-4o-mini")
	if tuned.Images() != plain.Images() || tuned.CapKey() != plain.CapKey() || tuned.Overhead() != plain.Overhead() || tuned.Counter() != plain.Counter() {
		t.Error("a tuned model is not asked as the model that was tuned")
	}
	if _, priced := tuned.Price(); priced || tuned.Family() == plain.Family() {
		t.Error("a tuned model has the price or the limit of the model that was tuned")
	}
}

// facts is all that is known of a model.
func facts(name string) string {
	m := models.Of(name)
	price, priced := m.Price()
	return fmt.Sprintf("%s %s %s %+v %v %q %v %v", m.Family(), m.Counter().Encoding(), m.CapKey(), *m.Overhead(), m.Images(), m.Unseen(), price, priced)
}

func TestNothingIsKnownOfAnUnknownModel(t *testing.T) {
	for _, name := range []string{"", "house-7b", "my/own:model", " "} {
		m := models.Of(name)
		if _, priced := m.Price(); priced || m.Images() != nil || m.Unseen() != "" || m.Window() != 0 ||
			m.CapKey() != models.MaxTokens || m.Counter().Family() != tokenizer.Unknown {
			t.Errorf("%q: %s", name, facts(name))
		}
	}
}

func TestWindow(t *testing.T) {
	for name, want := range map[string]int64{
		"gpt-4o": 128_000, "openai/gpt-4o-2024-05-13": 128_000, "gpt-5.4": 1_050_000, "claude-haiku-4-5-20251001": 200_000,
		"claude-opus-4-6": 1_000_000, "gemini-2.5-flash": 1_048_576, "grok-4": 256_000, "gpt-4o-audio-preview": 0,
	} {
		if got := models.Of(name).Window(); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// Names come from outside: neither their number nor their length may fill the memory.
func TestModelsAreRememberedWithinBounds(t *testing.T) {
	if first := models.Of("gpt-4o"); first != models.Of("gpt-4o") {
		t.Error("a name is read twice")
	}
	long := strings.Repeat("x", 1000)
	if first := models.Of(long); first == models.Of(long) {
		t.Error("a long name is remembered")
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 2000 {
				if m := models.Of(fmt.Sprintf("house-%d-%d", w, i)); m.Family() == "" {
					t.Error("a name without a family")
				}
			}
		})
	}
	all.Wait()
	if n := models.Remembered(); n > 1024 {
		t.Errorf("%d names are remembered", n)
	}
}
