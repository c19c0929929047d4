package models

import (
	"regexp"
	"strings"
)

// Family is what names of one model have in common: a name in lower case without the cloud or gateway before it, the
// vendor's label, and the date or number of a snapshot.
//
//	openai/gpt-4o-2024-08-06                     gpt-4o
//	us.anthropic.claude-sonnet-4-5-20250929-v1:0 claude-sonnet-4-5
//	models/gemini-2.0-flash-001                  gemini-2.0-flash
//	anthropic/claude-opus-4.5                    claude-opus-4-5
//
// Another size or variant is another family (-mini, -pro, -preview, a tag such as :free or :online), and so is a model
// that was tuned (ft:). A name that is nothing but labels and dates is its own. A family is its own family.
func Family(name string) string {
	for {
		family := family(strings.ToLower(strings.TrimSpace(name)))
		if family == name {
			return name
		}
		name = family
	}
}

func family(name string) string {
	if strings.HasPrefix(name, "ft:") {
		return name
	}
	base := unlabelled(name[strings.LastIndexByte(name, '/')+1:])
	base, tag, tagged := strings.Cut(unversioned(base), ":")
	base = spelled(undated(base))
	switch {
	case base == "":
		return name
	case tagged && tag != "latest":
		return base + ":" + tag
	}
	return base
}

// unlabelled takes the labels of vendors, clouds and places off the beginning of a name.
func unlabelled(base string) string {
	base = strings.TrimSuffix(base, "[1m]")         // how an agent asks for the long context of the same model
	for _, separator := range []string{":", "--"} { // the latter SAP's
		if label, rest, ok := strings.Cut(base, separator); ok && vendors[label] {
			base = rest
		}
	}
	base = strings.TrimPrefix(base, "system.ai.") // Databricks
	for {
		label, rest, ok := strings.Cut(base, ".")
		if !ok || !vendors[label] && !geographies[label] {
			break
		}
		if base = rest; label == "deepseek" && !strings.HasPrefix(rest, label) { // Bedrock's deepseek.r1
			base = label + "-" + rest
		}
	}
	base = strings.TrimPrefix(base, "databricks-")
	if hyphenated.MatchString(base) {
		_, base, _ = strings.Cut(base, "-")
	}
	return base
}

// hyphenated are names that begin with their vendor's label, as DigitalOcean, Abacus and Venice have them, and Meta's own.
var hyphenated = regexp.MustCompile(`^(anthropic-claude|(openai|azure)-(gpt|o[0-9]|chatgpt)|google-gem(ini|ma)|meta-llama|nvidia-nemotron|cohere-command)`)

// unversioned takes Bedrock's version off the end of a name. A second version that is of no date is another model.
func unversioned(base string) string {
	m := bedrockVersion.FindStringSubmatchIndex(base)
	if m == nil || m[0] == 0 {
		return base
	}
	if version := base[m[2]:m[3]]; strings.HasPrefix(version, "-v") && version > "-v1" && !dated.MatchString(base[:m[0]]) {
		return base[:m[3]]
	}
	return base[:m[0]]
}

// undated takes what names a snapshot off the end of a name, and a date out of its middle.
func undated(name string) string {
	if base, version, ok := strings.Cut(name, "@"); ok && base != "" { // Vertex AI
		if version == "default" || version == "latest" || digits.MatchString(version) {
			name = base
		}
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "-maas"), "-latest") // the former Vertex AI's
	for _, form := range snapshots {
		if m := form.suffix.FindStringSubmatchIndex(name); m != nil && m[0] > 0 && form.is(name[:m[0]], name[m[0]+1:]) {
			return name[:m[0]]
		}
	}
	for _, form := range within {
		if m := form.FindStringSubmatchIndex(name); m != nil && m[0] > 0 && monthDayOrAll(name[m[2]:m[3]]) {
			return name[:m[0]] + name[m[3]:]
		}
	}
	return name
}

// spelled writes a version as its vendor does: clouds that allow no dot have gpt-5-1 and gpt-35, gateways that like dots
// claude-opus-4.5. The version stands before the size up to Claude 3 and after it from Claude 4 on, whose first is also 4-0.
func spelled(name string) string {
	if rest, ok := strings.CutPrefix(name, "gpt-35-"); ok {
		return "gpt-3.5-" + rest
	}
	name = dotless.ReplaceAllString(name, "$1-$2.$3$4")
	if !strings.HasPrefix(name, "claude-") {
		return name
	}
	name = dotted.ReplaceAllString(name, "$1-$2")
	name = before.ReplaceAllString(name, "claude-$2-$1")
	name = after.ReplaceAllString(name, "claude-$2-$1")
	return zero.ReplaceAllString(name, "$1")
}

var (
	digits         = regexp.MustCompile(`^[0-9]+$`)
	dated          = regexp.MustCompile(`-20[0-9]{6}$`)
	bedrockVersion = regexp.MustCompile(`(-v[0-9]+|-1|):[0-9](:[0-9]+k)?$`)

	dotless = regexp.MustCompile(`^(gpt|gemini)-([0-9])-([0-9])(-|$)`)
	dotted  = regexp.MustCompile(`([0-9])\.([0-9])`)
	before  = regexp.MustCompile(`^claude-([4-9](?:-[0-9])?)-(opus|sonnet|haiku)\b`)
	after   = regexp.MustCompile(`^claude-(opus|sonnet|haiku)-(3(?:-[0-9])?)\b`)
	zero    = regexp.MustCompile(`^(claude-(?:opus|sonnet|haiku)-[0-9])-0$`)
)

// within are the forms of dates that stand before a variant: whole ones before any, short ones before those that
// are known.
var within = []*regexp.Regexp{
	regexp.MustCompile(`(-20[0-9]{2}-[01][0-9]-[0-3][0-9])-`),
	regexp.MustCompile(`(-20[0-9]{2}[01][0-9][0-3][0-9])-`),
	regexp.MustCompile(`(-[01][0-9]-20[0-9]{2})-`),
	regexp.MustCompile(`(-[0-9]{4})-(?:preview|reasoning|non-reasoning|thinking|instruct|maas|tee|tput|fast|fp8)$`),
}

// monthDayOrAll reports whether a date with its hyphen is a whole one, or a short one that can be.
func monthDayOrAll(date string) bool { return len(date) != len("-0613") || monthDay("", date[1:]) }

// snapshots are the forms in which providers name snapshots, with what a name must be like to have one; the first
// that fits is taken.
var snapshots = []struct {
	suffix *regexp.Regexp
	is     func(base, suffix string) bool
}{
	{regexp.MustCompile(`-20[0-9]{2}-[01][0-9]-[0-3][0-9]$`), always},    // OpenAI: 2024-08-06
	{regexp.MustCompile(`-20[0-9]{2}[01][0-9][0-3][0-9]$`), always},      // Anthropic: 20250929
	{regexp.MustCompile(`-[01][0-9]-20[0-9]{2}$`), always},               // Cohere: 08-2024
	{regexp.MustCompile(`-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])$`), always}, // Gemini: preview-06-05, OpenRouter: qwen3.5-flash-02-23
	{regexp.MustCompile(`-[0-9]{6}$`), always},                           // Doubao: 250615
	{regexp.MustCompile(`-[0-9]{4}$`), monthDay},                         // OpenAI: 0613, Mistral: 2407
	{regexp.MustCompile(`-00[0-9]$`), gemini},                            // Gemini: 001
	{regexp.MustCompile(`-v[0-9]$`), claude},                             // Vertex AI: claude-3-5-sonnet-v2
	{regexp.MustCompile(`-v1$`), amazon},                                 // OpenRouter: nova-lite-v1
}

func always(_, _ string) bool { return true }

// monthDay reports whether four digits are a month with a day, or a year with a month.
func monthDay(_, suffix string) bool {
	first, second := suffix[:2], suffix[2:]
	month := func(s string) bool { return s >= "01" && s <= "12" }
	return month(first) && second >= "01" && second <= "31" || first >= "23" && first <= "39" && month(second)
}

func gemini(base, _ string) bool { return strings.HasPrefix(base, "gemini-") }

func claude(base, _ string) bool { return strings.HasPrefix(base, "claude-") }

func amazon(base, _ string) bool {
	return strings.HasPrefix(base, "nova-") || strings.HasPrefix(base, "titan-")
}

// vendors are the labels that clouds and gateways put before a model's name, with a dot or a colon.
var vendors = set(`ai21 amazon anthropic azure bedrock cohere deepseek fireworks google groq meta minimax mistral mistralai
	moonshot moonshotai nvidia openai openrouter qwen stability together twelvelabs vertex vertexai writer xai zai`)

// geographies are Bedrock's labels of where a model is served: docs.aws.amazon.com, cross-region inference profiles.
var geographies = set(`us eu apac jp au ca global us-gov`)

func set(words string) map[string]bool {
	s := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		s[word] = true
	}
	return s
}
