package models

import "strings"

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
func Family(name string) string { return Of(name).family }

func familyOf(name string) string {
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
		if label, rest, ok := strings.Cut(base, separator); ok && spellings().vendors[label] {
			base = rest
		}
	}
	base = strings.TrimPrefix(base, "system.ai.") // Databricks
	for {
		label, rest, ok := strings.Cut(base, ".")
		if !ok || !spellings().vendors[label] && !spellings().geographies[label] {
			break
		}
		if base = rest; label == "deepseek" && !strings.HasPrefix(rest, label) { // Bedrock's deepseek.r1
			base = label + "-" + rest
		}
	}
	base = strings.TrimPrefix(base, "databricks-")
	if spellings().hyphenated.MatchString(base) {
		_, base, _ = strings.Cut(base, "-")
	}
	return base
}

// unversioned takes Bedrock's version off the end of a name. A second version that is of no date is another model.
func unversioned(base string) string {
	m := spellings().bedrockVersion.FindStringSubmatchIndex(base)
	if m == nil || m[0] == 0 {
		return base
	}
	if version := base[m[2]:m[3]]; strings.HasPrefix(version, "-v") && version > "-v1" && !spellings().dated.MatchString(base[:m[0]]) {
		return base[:m[3]]
	}
	return base[:m[0]]
}

// undated takes what names a snapshot off the end of a name, and a date out of its middle.
func undated(name string) string {
	if base, version, ok := strings.Cut(name, "@"); ok && base != "" { // Vertex AI
		if version == "default" || version == "latest" || spellings().digits.MatchString(version) {
			name = base
		}
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "-maas"), "-latest") // the former Vertex AI's
	for _, form := range spellings().snapshots {
		if m := form.suffix.FindStringSubmatchIndex(name); m != nil && m[0] > 0 && form.is(name[:m[0]], name[m[0]+1:]) {
			return name[:m[0]]
		}
	}
	for _, form := range spellings().within {
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
	forms := spellings()
	name = forms.dotless.ReplaceAllString(name, "$1-$2.$3$4")
	if !strings.HasPrefix(name, "claude-") {
		return name
	}
	name = forms.dotted.ReplaceAllString(name, "$1-$2")
	name = forms.before.ReplaceAllString(name, "claude-$2-$1")
	name = forms.after.ReplaceAllString(name, "claude-$2-$1")
	return forms.zero.ReplaceAllString(name, "$1")
}
