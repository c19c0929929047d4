package models

import (
	"regexp"
	"strings"
	"sync"
)

// spelling is how names are written: by vendors, clouds and gateways.
type spelling struct {
	// vendors are the labels that clouds and gateways put before a model's name, with a dot or a colon. geographies are
	// Bedrock's labels of where a model is served: docs.aws.amazon.com, cross-region inference profiles.
	vendors, geographies map[string]bool

	// hyphenated are names that begin with their vendor's label, as DigitalOcean, Abacus and Venice have them, and
	// Meta's own.
	hyphenated *regexp.Regexp

	digits, dated, bedrockVersion        *regexp.Regexp
	dotless, dotted, before, after, zero *regexp.Regexp

	// within are the forms of dates that stand before a variant: whole ones before any, short ones before those that
	// are known.
	within []*regexp.Regexp

	// snapshots are the forms in which providers name snapshots; the first that fits is taken.
	snapshots []snapshot
}

// snapshot is the form of a suffix, and what a name must be like to have it.
type snapshot struct {
	suffix *regexp.Regexp
	is     func(base, suffix string) bool
}

// spellings is made on first use: compiling it would cost the start of every command, also of those that meet no model.
var spellings = sync.OnceValue(func() *spelling {
	re := regexp.MustCompile
	return &spelling{
		vendors: set(`ai21 amazon anthropic azure bedrock cohere deepseek fireworks google groq meta minimax mistral mistralai
			moonshot moonshotai nvidia openai openrouter qwen stability together twelvelabs vertex vertexai writer xai zai`),
		geographies: set(`us eu apac jp au ca global us-gov`),
		hyphenated:  re(`^(anthropic-claude|(openai|azure)-(gpt|o[0-9]|chatgpt)|google-gem(ini|ma)|meta-llama|nvidia-nemotron|cohere-command)`),

		digits:         re(`^[0-9]+$`),
		dated:          re(`-20[0-9]{6}$`),
		bedrockVersion: re(`(-v[0-9]+|-1|):[0-9](:[0-9]+k)?$`),

		dotless: re(`^(gpt|gemini)-([0-9])-([0-9])(-|$)`),
		dotted:  re(`([0-9])\.([0-9])`),
		before:  re(`^claude-([4-9](?:-[0-9])?)-(opus|sonnet|haiku)\b`),
		after:   re(`^claude-(opus|sonnet|haiku)-(3(?:-[0-9])?)\b`),
		zero:    re(`^(claude-(?:opus|sonnet|haiku)-[0-9])-0$`),

		within: []*regexp.Regexp{
			re(`(-20[0-9]{2}-[01][0-9]-[0-3][0-9])-`),
			re(`(-20[0-9]{2}[01][0-9][0-3][0-9])-`),
			re(`(-[01][0-9]-20[0-9]{2})-`),
			re(`(-[0-9]{4})-(?:preview|reasoning|non-reasoning|thinking|instruct|maas|tee|tput|fast|fp8)$`),
		},
		snapshots: []snapshot{
			{re(`-20[0-9]{2}-[01][0-9]-[0-3][0-9]$`), always},    // OpenAI: 2024-08-06
			{re(`-20[0-9]{2}[01][0-9][0-3][0-9]$`), always},      // Anthropic: 20250929
			{re(`-[01][0-9]-20[0-9]{2}$`), always},               // Cohere: 08-2024
			{re(`-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])$`), always}, // Gemini: preview-06-05, OpenRouter: qwen3.5-flash-02-23
			{re(`-[0-9]{6}$`), always},                           // Doubao: 250615
			{re(`-[0-9]{4}$`), monthDay},                         // OpenAI: 0613, Mistral: 2407
			{re(`-00[0-9]$`), gemini},                            // Gemini: 001
			{re(`-v[0-9]$`), claude},                             // Vertex AI: claude-3-5-sonnet-v2
			{re(`-v1$`), amazon},                                 // OpenRouter: nova-lite-v1
		},
	}
})

func always(_, _ string) bool { return true }

// monthDay reports whether four digits are a month with a day, or a year with a month.
func monthDay(_, suffix string) bool {
	first, second := suffix[:2], suffix[2:]
	month := func(s string) bool { return s >= "01" && s <= "12" }
	return month(first) && second >= "01" && second <= "31" || first >= "23" && first <= "39" && month(second)
}

// monthDayOrAll reports whether a date with its hyphen is a whole one, or a short one that can be.
func monthDayOrAll(date string) bool { return len(date) != len("-0613") || monthDay("", date[1:]) }

func gemini(base, _ string) bool { return strings.HasPrefix(base, "gemini-") }

func claude(base, _ string) bool { return strings.HasPrefix(base, "claude-") }

func amazon(base, _ string) bool {
	return strings.HasPrefix(base, "nova-") || strings.HasPrefix(base, "titan-")
}

func set(words string) map[string]bool {
	s := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		s[word] = true
	}
	return s
}
