package models

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// ImageRule is what a model charges for images.
type ImageRule interface {
	// Size returns the tokens of an image of that many pixels, and the most they may be where the rule
	// leaves room. Both sides are at least 1.
	Size(width, height int, detail string) (tokens, most int64)

	// Limit returns the most that an image of any size has, or false if there is no such limit.
	Limit(detail string) (most int64, ok bool)
}

// images is the rule of a model which c counts, nil if none is known.
func (m *Model) images(c *tokenizer.Counter) ImageRule {
	switch c.Family() {
	case tokenizer.OpenAI:
		return openaiImageRule(m.base)
	case tokenizer.Anthropic:
		if c.Encoding() == "claude" { // those before Opus 4.7, which brought both a tokenizer and finer eyes
			return claudeImages
		}
		return claudeLargeImages
	case tokenizer.Gemini:
		return geminiImageRule(m.base)
	}
	return nil
}

// openaiImages are OpenAI's rules by model, the sections "Model sizing behavior" and "Calculating costs" of
// https://platform.openai.com/docs/guides/images-vision in the edition of autumn 2026. Where the edition of
// spring had higher figures, they are kept as the most an image may cost.
var openaiImages = map[string]ImageRule{
	"gpt-4o":               tiles{85, 170},
	"chatgpt-4o":           tiles{85, 170},
	"gpt-4.1":              tiles{85, 170},
	"gpt-4.5":              tiles{85, 170},
	"gpt-4-turbo":          tiles{85, 170},
	"gpt-4-vision":         tiles{85, 170},
	"gpt-4o-mini":          tiles{2833, 5667},
	"gpt-5":                tiles{70, 140},
	"gpt-5.1":              tiles{70, 140},
	"o1":                   tiles{75, 150},
	"o3":                   tiles{75, 150},
	"computer-use-preview": tiles{65, 129},

	"gpt-4.1-mini":       patches{oneDetail, 162, 162, 0},
	"gpt-4.1-nano":       patches{smallDetail, 246, 246, 6144},
	"o4-mini":            patches{smallDetail, 172, 172, 6144},
	"gpt-5-mini":         patches{smallDetail, 120, 162, 6144},
	"gpt-5-nano":         patches{smallDetail, 150, 246, 6144},
	"gpt-5-codex-mini":   patches{smallDetail, 120, 162, 6144},
	"gpt-5.1-codex-mini": patches{smallDetail, 120, 162, 6144},
	"gpt-5.2":            patches{oneDetail, 120, 120, 0},
	"gpt-5.3":            patches{oneDetail, 120, 120, 0},
	"gpt-5.4":            patches{details54, 120, 120, 0},
	"gpt-5.4-mini":       patches{details54, 120, 162, 0},
	"gpt-5.4-nano":       patches{details54, 120, 246, 0},
	"gpt-5.5":            patches{details55, 120, 120, 0},
	"gpt-5.6":            patches{details56, 120, 120, 0},
	"gpt-6":              patches{details56, 120, 120, 0},
}

// What images are fitted into, by detail; "" is for all others. Above the last box's patches a request is
// refused, not scaled.
var (
	smallDetail = map[string]box{"": {2048, 1536}}
	oneDetail   = map[string]box{"": {2048, 6144}}
	details54   = map[string]box{"low": {2048, 6144}, "original": {6000, 10_000}, "": {2048, 2500}}
	details55   = map[string]box{"low": {512, 256}, "high": {2048, 2500}, "": {6000, 10_000}}
	details56   = map[string]box{"low": {512, 256}, "high": {2048, 2500}, "": {65_535, 30_000}}
)

// openaiImageRule finds the longest known beginning of a name that ends at a hyphen: the rules of "gpt-5"
// are not those of "gpt-5.9".
func openaiImageRule(name string) ImageRule {
	for name != "" {
		if rule, ok := openaiImages[name]; ok {
			return rule
		}
		name = name[:max(strings.LastIndexByte(name, '-'), 0)]
	}
	return nil
}

// Anthropic's rule is a token for each 28 pixels square, after the image is scaled to fit. Earlier editions
// had a token for 750 pixels, and about 1,600 where there are 1,568 now
// (https://docs.claude.com/en/docs/build-with-claude/vision, "Evaluate image size" and "Calculate image costs").
var (
	claudeImages      = squares{edge: 1568, tokens: 1568, most: 1600}
	claudeLargeImages = squares{edge: 2576, tokens: 4784, most: 4784}
)

// geminiImageRule tells the generations apart: from the third on an image has a fixed number of tokens.
func geminiImageRule(name string) ImageRule {
	version, ok := strings.CutPrefix(name, "gemini-")
	switch digits := version[:len(version)-len(strings.TrimLeft(version, "0123456789"))]; {
	case !ok || digits == "":
		return nil
	case digits == "1" || digits == "2":
		return crops{}
	}
	return levels{"low": 280, "medium": 560, "high": 1120, "ultra_high": 2240, "": 1120}
}
