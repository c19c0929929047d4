package provider_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// encodings are the published vocabularies, here the models of that name.
var encodings = sync.OnceValue(func() map[string]*tiktoken.Tiktoken {
	tiktoken.SetBpeLoader(loader.NewOfflineLoader())
	all := map[string]*tiktoken.Tiktoken{}
	for _, name := range []string{tiktoken.MODEL_CL100K_BASE, tiktoken.MODEL_O200K_BASE} {
		encoding, err := tiktoken.GetEncoding(name)
		if err != nil {
			panic(err)
		}
		all[name] = encoding
	}
	return all
})

func countText(model, text string) int64 {
	return int64(len(encodings()[model].EncodeOrdinary(text)))
}

var prompts = []string{
	harbour,
	"Hello",
	"Summarise.\n\nDon't split \"quotes\" (or brackets); prices rose by 12.5% to $1,234,567.89 - that's a lot!",
	"Fasse zusammen.\n\nDie Fähre fährt früher. Für Fußgänger bleibt der Übergang geöffnet.",
	"まとめてください。\n\n渡し船の時刻表が変わります。 日曜日は変わりません。",
	"Обобщи.\n\nПаром отходит раньше. Билеты не дорожают.",
	"Explain:\n\n```go\nfor i := range n { sum += a[i] }\n```\n\nIt adds 😀 up 👩‍👩‍👧‍👦. CamelCaseWORDS and snake_case.",
	"A <|endoftext|> in the text. a\xff\xfeb.",
}

// What is reported is what the vendor's tokenizer says about the text, without tolerance.
func TestSimReportsItsTextsTokens(t *testing.T) {
	for model := range encodings() {
		sim := provider.NewSim(provider.SimConfig{MaxOutput: 150, Tokens: countText})
		for i, prompt := range prompts {
			t.Run(fmt.Sprintf("%s/%d", model, i), func(t *testing.T) {
				for limit := range int64(160) {
					resp := ask(t, sim, &wire.Request{Model: model, Messages: wire.Prompt(prompt), MaxOutput: limit})
					if n := countText(model, resp.Text); n != resp.Usage.Output {
						t.Errorf("cap %d: reported %d tokens, counted %d: %q", limit, resp.Usage.Output, n, resp.Text)
					}
				}
			})
		}
	}
}

func FuzzSim(f *testing.F) {
	for i, prompt := range prompts {
		f.Add(prompt, int64(i*10))
	}
	sim := provider.NewSim(provider.SimConfig{Tokens: countText})
	f.Fuzz(func(t *testing.T, prompt string, limit int64) {
		limit = max(0, limit%200)
		resp := ask(t, sim, &wire.Request{Model: tiktoken.MODEL_O200K_BASE, Messages: wire.Prompt(prompt), MaxOutput: limit})
		if n := countText(tiktoken.MODEL_O200K_BASE, resp.Text); n != resp.Usage.Output {
			t.Errorf("reported %d tokens, counted %d: %q", resp.Usage.Output, n, resp.Text)
		}
		if limit > 0 && resp.Usage.Output > limit {
			t.Errorf("%d tokens under a cap of %d", resp.Usage.Output, limit)
		}
		if len(strings.Fields(resp.Text)) == 0 {
			t.Error("an answer without words")
		}
	})
}
