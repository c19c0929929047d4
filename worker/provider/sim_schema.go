package provider

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// maxInstance bounds the values of an answer that has to match a schema, which may refer to itself.
const maxInstance = 200

// instance makes values that match a schema, as far as its types, ranges and lengths say what does: no pattern, and of several
// alternatives the first.
type instance struct {
	root  any
	rng   *rand.Rand
	words []word
	made  int
}

// structured is an answer to a request with a schema: ok is false where there is none. The words are those of its texts.
func (s *Sim) structured(req *wire.Request, rng *rand.Rand, words []word) (text string, ok bool) {
	i := instance{rng: rng, words: words}
	if req.Schema == nil || json.Unmarshal(req.Schema, &i.root) != nil {
		return "", false
	}
	raw, err := json.Marshal(i.value(i.root))
	return string(raw), err == nil
}

// capped is as much of a text as a request allows, and how many tokens that is.
func (s *Sim) capped(req *wire.Request, text string) (kept string, tokens int64, cut bool) {
	tokens = s.config.Tokens(req.Model, text)
	for req.MaxOutput > 0 && tokens > req.MaxOutput && text != "" {
		cut = true
		text = strings.ToValidUTF8(text[:len(text)*int(req.MaxOutput)/int(tokens+1)], "")
		tokens = s.config.Tokens(req.Model, text)
	}
	return text, tokens, cut
}

func (i *instance) value(of any) any {
	schema, _ := of.(map[string]any)
	if i.made++; i.made > maxInstance {
		return nil
	}
	if fixed, has := schema["const"]; has {
		return fixed
	}
	if choices, _ := schema["enum"].([]any); len(choices) > 0 {
		return choices[i.rng.IntN(len(choices))]
	}
	if to, _ := schema["$ref"].(string); to != "" {
		return i.value(i.at(to))
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		if list, _ := schema[key].([]any); len(list) > 0 {
			return i.value(list[0])
		}
	}
	return i.typed(schema)
}

// at is the part of the schema that a reference within it names.
func (i *instance) at(ref string) any {
	v := i.root
	for step := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(ref, "#"), "/"), "/") {
		if members, isObject := v.(map[string]any); isObject && step != "" {
			v = members[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
		}
	}
	return v
}

func (i *instance) typed(schema map[string]any) any {
	kind, _ := schema["type"].(string)
	if several, _ := schema["type"].([]any); len(several) > 0 {
		kind, _ = several[0].(string)
	}
	properties, _ := schema["properties"].(map[string]any)
	switch {
	case kind == "object" || kind == "" && properties != nil:
		members := make(map[string]any, len(properties))
		for name, of := range properties {
			members[name] = i.value(of)
		}
		return members
	case kind == "array":
		list := make([]any, count(min(max(3, number(schema, "minItems", 0)), number(schema, "maxItems", maxInstance))))
		for at := range list {
			list[at] = i.value(schema["items"])
		}
		return list
	case kind == "integer":
		return int64(i.between(math.Ceil(least(schema)), 1))
	case kind == "number":
		return i.between(least(schema), number(schema, "maximum", math.Inf(1))-least(schema))
	case kind == "boolean":
		return i.rng.IntN(2) == 1
	case kind == "null":
		return nil
	}
	return i.text(count(number(schema, "minLength", 0)), count(number(schema, "maxLength", 60)))
}

// between is a number from least on, not by more than a little beyond it.
func (i *instance) between(least, width float64) float64 {
	return least + math.Floor(i.rng.Float64()*4*min(width, 1))/4
}

// text is some of the words, between least and most characters.
func (i *instance) text(least, most int) string {
	var b strings.Builder
	for n := 0; n < 6 && len(i.words) > 0 || b.Len() < least && n < maxInstance; n++ {
		if n > 0 {
			b.WriteByte(' ')
		}
		if len(i.words) == 0 {
			b.WriteString("simulated")
			continue
		}
		b.WriteString(i.words[0].text)
		i.words = append(i.words[1:], i.words[0])
	}
	letters := []rune(b.String())
	return strings.TrimSpace(string(letters[:min(len(letters), most)]))
}

func least(schema map[string]any) float64 { return number(schema, "minimum", 0) }

// count is a number of things, as many as there may be of any.
func count(n float64) int { return int(min(max(n, 0), maxInstance)) }

// number is one of the schema, otherwise where it says none.
func number(schema map[string]any, key string, otherwise float64) float64 {
	if n, is := schema[key].(float64); is {
		return n
	}
	return otherwise
}
