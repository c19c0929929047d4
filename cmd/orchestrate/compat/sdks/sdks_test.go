// Package sdks runs the vendors' SDKs over the door and the proxy. It is a module of its own: the main one needs none of them.
package sdks

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// client is an SDK, as it calls one format.
type client struct {
	name, format string
	embeds       bool // it makes embeddings, and nothing else
}

// shapes are what a client does, and of those that make embeddings the last.
var shapes = []string{"plain", "stream", "tools", "tools stream", "cached", "cached stream", "429", "503", "cancel", "embeddings"}

// variants are how the provider answers. The first five fit an answer in one piece, too.
var variants = []string{"as it comes", "fragmented", "gzip", "200 KB event", "cut",
	"CRLF", "comments", "azure", "usage with choices", "usage unasked", "error event"}

func streams(shape string) bool { return strings.HasSuffix(shape, "stream") || shape == "cancel" }

// scenes are the cases of a client.
func (c client) scenes() (all []scene) {
	for _, shape := range shapes {
		if c.embeds != (shape == "embeddings") {
			continue
		}
		of := variants[:5]
		switch {
		case shape == "cancel", shape == "429", shape == "503":
			of = variants[:1]
		case strings.HasPrefix(shape, "cached") && c.format == "ollama":
			continue // it tells nothing of its cache
		case streams(shape):
			of = variants
		}
		for _, variant := range of {
			switch {
			case (variant == "CRLF" || variant == "comments") && c.format == "ollama",
				variant == "comments" && c.name == "go genai", // it takes a comment for an error itself, without a door as well
				(variant == "azure" || strings.HasPrefix(variant, "usage")) && c.format != "chat",
				(variant == "cut" || variant == "error event") && strings.HasPrefix(shape, "tools"): // no second turn
				continue
			}
			all = append(all, scene{shape, variant})
		}
	}
	return all
}

// seen is what came of a case at the client and in the books.
type seen struct {
	text, err     string
	sums          []string // of the bodies of answers with status 200; nil is not looked at
	settled, held int64
}

// broken says that the answer had no end: what the provider will bill is not told, and must be covered.
func (s scene) broken() bool {
	return s.shape == "cancel" || s.variant == "cut" || s.variant == "error event"
}

// judge says what differs from what it should be, or nothing.
func judge(p *provider, s scene, got seen) string {
	requests, billed, sums, gzipped := p.told()
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got.held != 0 {
		say("held %d", got.held)
	}
	if s.broken() {
		if got.settled < input+1 {
			say("settled %d, billed at least %d", got.settled, input+1)
		}
		if got.err == "" && got.text == word {
			say("the client took it for whole")
		}
		return strings.Join(wrong, "; ")
	}
	want := map[string]int{"tools": 2, "tools stream": 2, "429": 2, "503": 2}[s.shape]
	if requests != max(want, 1) {
		say("%d requests", requests)
	}
	if got.settled != billed {
		say("settled %d, billed %d", got.settled, billed)
	}
	if got.err != "" {
		say("error: %.200s", got.err)
	} else if got.text != word && s.shape != "embeddings" || got.text == "" {
		say("text %q", got.text)
	}
	if got.sums != nil && !slices.Equal(got.sums, sums) {
		say("other bytes")
	}
	if s.variant == "gzip" && !gzipped {
		say("gzip was not asked for")
	}
	return strings.Join(wrong, "; ")
}

// table gathers what the tests found, for the end.
type table struct {
	mu   sync.Mutex
	rows map[string]map[string][]string // SDK, then shape: the variants that were well
	bad  []string
}

var found = table{rows: make(map[string]map[string][]string)}

func (b *table) add(c string, s scene, wrong string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wrong != "" {
		b.bad = append(b.bad, fmt.Sprintf("%s, %s, %s: %s", c, s.shape, s.variant, wrong))
		return
	}
	if b.rows[c] == nil {
		b.rows[c] = make(map[string][]string)
	}
	b.rows[c][s.shape] = append(b.rows[c][s.shape], s.variant)
}

func (b *table) print() {
	names := make([]string, 0, len(b.rows))
	count := 0
	for name := range b.rows {
		names = append(names, name)
	}
	sort.Strings(names)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SDK\tshape\tok")
	for _, name := range names {
		for _, shape := range shapes {
			if ok := b.rows[name][shape]; ok != nil {
				fmt.Fprintf(w, "%s\t%s\t%s\n", name, shape, strings.Join(ok, ", "))
				count += len(ok)
			}
		}
	}
	w.Flush()
	fmt.Printf("%d cases are ok, %d are not\n%s\n", count, len(b.bad), strings.Join(b.bad, "\n"))
}

func TestMain(m *testing.M) {
	code := m.Run()
	found.print()
	os.Exit(code)
}
