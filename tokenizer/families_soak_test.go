package tokenizer

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

var (
	soak     = flag.Int("soak", 0, "compare the bounds of this many random texts with the references' counts, live")
	official = flag.String("official", "testdata", "directory with families.mjs, its node_modules and families.py")
	seed     = flag.Uint64("soak.seed", 1, "seed of the random texts")
)

// TestSoakFamilies asks the references about texts that no constant has seen: makes of held-out texts with other
// seeds, strings of all fragments, and mixtures. A few are as mad as 's's's's's's; one in a thousand may exceed a
// bound, none twice over.
//
//	go test -run 'Soak.*Families' -soak 10000 -soak.seed 5 -timeout 1h
func TestSoakFamilies(t *testing.T) {
	needsSoak(t)
	g := &scribe{rand.New(rand.NewPCG(*seed, 5))}
	odd, all := texttest.NewStrings(*seed), passages()
	texts := make([]texttest.Named, *soak)
	for i := range texts {
		size := 1 << (3 + g.IntN(9))
		var b strings.Builder
		for part := 1 + g.IntN(3); part > 0; part-- {
			next := makes[g.IntN(len(makes))].next
			switch g.IntN(4) {
			case 0:
				next = func(*scribe) string { return odd.Next(12) }
			case 1:
				from := all[g.IntN(len(all))].Text
				next = func(g *scribe) string { return g.shuffled(from, 30) }
			}
			for end := b.Len() + size/2; b.Len() < end; {
				b.WriteString(next(g))
			}
		}
		texts[i].Text = b.String()
	}
	for _, f := range check(t, texts) {
		f.log(t)
		if f.over*1000 > f.texts || f.ratio > 2 {
			t.Errorf("%s: bounds are below %s's counts", f.model, f.vocabulary)
		}
	}
}

// TestSoakEveryCharacterFamilies asks about every code point alone, and about those that are assigned, and a few of the
// others, a hundred times.
func TestSoakEveryCharacterFamilies(t *testing.T) {
	needsSoak(t)
	for _, times := range []int{1, 100} {
		var texts []texttest.Named
		for r := range utf8.MaxRune + 1 {
			if utf8.ValidRune(r) && (times == 1 || r%64 == 0 || unicode.IsGraphic(r) || unicode.Is(unicode.C, r) && !unicode.Is(unicode.Co, r)) {
				texts = append(texts, texttest.Named{Text: strings.Repeat(string(r), times)})
			}
		}
		for _, f := range check(t, texts) {
			f.log(t)
			if f.over > 0 {
				t.Errorf("%s: a bound is below %s's count of %+q", f.model, f.vocabulary, f.worst)
			}
		}
	}
}

// TestSoakWorstFamilies searches for the texts whose bounds are furthest below their counts: every token of o200k_base,
// repeated, because a vocabulary without it may take many for it. Bounds don't hold on all of these, but must on nine
// in ten.
func TestSoakWorstFamilies(t *testing.T) {
	needsSoak(t)
	var texts []texttest.Named
	for _, token := range texttest.Tokens() {
		if utf8.ValidString(token) {
			texts = append(texts, texttest.Named{Text: strings.Repeat(token, 6)})
		}
	}
	for _, f := range check(t, texts) {
		f.log(t)
		if f.over > len(texts)/10 {
			t.Errorf("%s: %d of %d bounds are below %s's counts", f.model, f.over, len(texts), f.vocabulary)
		}
	}
}

func needsSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("needs the references; run with -soak N")
	}
}

// finding is how a model's bounds compare with one vocabulary's counts.
type finding struct {
	model, vocabulary string
	texts, over       int     // how many there are, how many have a count above the bound
	ratio             float64 // the highest count by its bound
	worst             string  // the text that has it
}

func (f *finding) log(t *testing.T) {
	t.Logf("%s by %s: %d of %d over, worst %.2f of the bound: %.60q", f.model, f.vocabulary, f.over, f.texts, f.ratio, f.worst)
}

// check compares the bounds of texts with what the references count.
func check(t *testing.T, texts []texttest.Named) (all []*finding) {
	captureLog(t)
	for _, command := range references {
		var found [][]*finding // by column
		i := -1
		askReference(t, command, texts, func(line string) {
			cells := strings.Split(line, "\t")
			if i++; i == 0 {
				for _, vocabulary := range cells {
					column := []*finding{{model: measuredModels[vocabulary][0], vocabulary: vocabulary}, {model: unknownModels[0], vocabulary: vocabulary}}
					found = append(found, column)
					all = append(all, column...)
				}
				return
			}
			for k, cell := range cells {
				count, err := strconv.ParseInt(cell, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range found[k] {
					f.add(texts[i-1].Text, count)
				}
			}
		})
	}
	return all
}

func (f *finding) add(text string, count int64) {
	bound := For(f.model).Count(text).Bound()
	f.texts++
	if count > bound {
		f.over++
	}
	if ratio := float64(count) / float64(bound); ratio > f.ratio {
		f.ratio, f.worst = ratio, text
	}
}
