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
	base := name[strings.LastIndexByte(name, '/')+1:]
	base = strings.TrimSuffix(base, "[1m]") // how an agent asks for the long context of the same model
	if label, rest, ok := strings.Cut(base, ":"); ok && vendors[label] {
		base = rest
	}
	for {
		label, rest, ok := strings.Cut(base, ".")
		if !ok || !vendors[label] && !geographies[label] {
			break
		}
		base = rest
	}
	base = strings.TrimPrefix(base, "databricks-")
	if rest, ok := strings.CutPrefix(base, "gpt-35-"); ok { // Azure allows no dot
		base = "gpt-3.5-" + rest
	}
	base = bedrockVersion.ReplaceAllString(base, "")
	base, tag, tagged := strings.Cut(base, ":")
	base = undated(base)
	switch {
	case base == "":
		return name
	case tagged && tag != "latest":
		return base + ":" + tag
	}
	return base
}

// undated takes what names a snapshot off the end of a name.
func undated(name string) string {
	if base, version, ok := strings.Cut(name, "@"); ok && base != "" { // Vertex AI
		if version == "default" || version == "latest" || digits.MatchString(version) {
			name = base
		}
	}
	name = strings.TrimSuffix(name, "-latest")
	for _, form := range snapshots {
		if m := form.suffix.FindStringSubmatchIndex(name); m != nil && m[0] > 0 && form.is(name[:m[0]], name[m[0]+1:]) {
			return name[:m[0]]
		}
	}
	return name
}

var (
	digits         = regexp.MustCompile(`^[0-9]+$`)
	bedrockVersion = regexp.MustCompile(`-v[0-9]+:[0-9]+(:[0-9]+k)?$`)
)

// snapshots are the forms in which providers name snapshots, with what a name must be like to have one; the first
// that fits is taken.
var snapshots = []struct {
	suffix *regexp.Regexp
	is     func(base, suffix string) bool
}{
	{regexp.MustCompile(`-20[0-9]{2}-[01][0-9]-[0-3][0-9]$`), always}, // OpenAI: 2024-08-06
	{regexp.MustCompile(`-20[0-9]{2}[01][0-9][0-3][0-9]$`), always},   // Anthropic: 20250929
	{regexp.MustCompile(`-[01][0-9]-20[0-9]{2}$`), always},            // Cohere: 08-2024
	{regexp.MustCompile(`-[01][0-9]-[0-3][0-9]$`), afterPreview},      // Gemini: preview-06-05
	{regexp.MustCompile(`-[0-9]{6}$`), always},                        // Doubao: 250615
	{regexp.MustCompile(`-[0-9]{4}$`), monthDay},                      // OpenAI: 0613, Mistral: 2407
	{regexp.MustCompile(`-00[0-9]$`), gemini},                         // Gemini: 001
	{regexp.MustCompile(`-v[0-9]$`), claude},                          // Vertex AI: claude-3-5-sonnet-v2
}

func always(_, _ string) bool { return true }

func afterPreview(base, _ string) bool {
	return strings.HasSuffix(base, "-preview") || strings.HasSuffix(base, "-exp")
}

// monthDay reports whether four digits are a month with a day, or a year with a month.
func monthDay(_, suffix string) bool {
	first, second := suffix[:2], suffix[2:]
	month := func(s string) bool { return s >= "01" && s <= "12" }
	return month(first) && second >= "01" && second <= "31" || first >= "23" && first <= "39" && month(second)
}

func gemini(base, _ string) bool { return strings.HasPrefix(base, "gemini-") }

func claude(base, _ string) bool { return strings.HasPrefix(base, "claude-") }

// vendors are the labels that clouds and gateways put before a model's name, with a dot or a colon.
var vendors = set(`ai21 amazon anthropic azure bedrock cohere deepseek fireworks google groq meta minimax mistral mistralai
	moonshot nvidia openai openrouter qwen stability together twelvelabs vertex vertexai writer xai zai`)

// geographies are Bedrock's labels of where a model is served: docs.aws.amazon.com, cross-region inference profiles.
var geographies = set(`us eu apac jp au ca global us-gov`)

func set(words string) map[string]bool {
	s := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		s[word] = true
	}
	return s
}
