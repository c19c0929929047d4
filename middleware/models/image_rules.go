package models

import "math"

// cover is how many squares of that side it takes to cover an image.
func cover(width, height, side float64) int64 {
	return int64(math.Ceil(width/side)) * int64(math.Ceil(height/side))
}

// shrink scales an image down so that no side is longer than edge, and rounds its sides.
func shrink(width, height, edge float64, round func(float64) float64) (float64, float64) {
	if scale := edge / max(width, height); scale < 1 {
		return max(round(width*scale), 1), max(round(height*scale), 1)
	}
	return width, height
}

// tiles is the rule of OpenAI's older models: the image is fitted into 2048 pixels square, then its shorter
// side to 768, and costs a base and as much again for each tile of 512 pixels. Low detail is the base alone.
type tiles struct{ base, tile int64 }

func (t tiles) Size(width, height int, detail string) (tokens, most int64) {
	if detail == "low" {
		return t.base, t.base
	}
	// Which way a side is rounded is not documented for the first step, and was seen to be to the nearest.
	return t.rounded(width, height, math.RoundToEven, math.Floor), t.rounded(width, height, math.Ceil, math.Ceil)
}

func (t tiles) rounded(width, height int, first, second func(float64) float64) int64 {
	w, h := shrink(float64(width), float64(height), 2048, first)
	if short := min(w, h); short > 768 {
		w, h = second(w*768/short), second(h*768/short)
	}
	return t.base + t.tile*cover(w, h, 512)
}

func (t tiles) Limit(detail string) (int64, bool) {
	if detail == "low" {
		return t.base, true
	}
	return t.base + t.tile*cover(2048, 768, 512), true
}

// patches is the rule of OpenAI's newer models: the image is fitted into a box, and each patch of 32 pixels
// square that covers it costs so many hundredths of a token.
type patches struct {
	boxes            map[string]box // by detail
	hundredths, most int64          // of a token for a patch; most is the highest figure documented
	mostPatches      int64          // the most that the box may be larger than documented; 0 is as documented
}

// box is the longest side in pixels, and the most patches.
type box struct {
	edge    float64
	patches int64
}

const patchSide = 32

func (p patches) box(detail string) box {
	if b, ok := p.boxes[detail]; ok {
		return b
	}
	return p.boxes[""]
}

func (p patches) Size(width, height int, detail string) (tokens, most int64) {
	b := p.box(detail)
	n, _ := b.fit(width, height)
	b.patches = max(b.patches, p.mostPatches)
	largest, scaled := b.fit(width, height)
	if scaled { // images were billed at the whole budget where the formula says less
		largest = min(b.patches, largest+largest/16+1)
	}
	return ceilPercent(n, p.hundredths), ceilPercent(largest, p.most) + 1 // rounding may add one, says the source
}

func (p patches) Limit(detail string) (int64, bool) {
	return ceilPercent(max(p.box(detail).patches, p.mostPatches), p.most) + 1, true
}

// fit returns how many patches an image has after it is scaled into the box, by the formula of the source.
func (b box) fit(width, height int) (n int64, scaled bool) {
	w, h := shrink(float64(width), float64(height), b.edge, math.Round)
	scaled = w < float64(width)
	if n = cover(w, h, patchSide); n <= b.patches {
		return n, scaled
	}
	scale := math.Sqrt(patchSide * patchSide * float64(b.patches) / (w * h))
	across, down := w*scale/patchSide, h*scale/patchSide
	scale *= min(math.Floor(across)/across, math.Floor(down)/down)
	return min(cover(math.Floor(w*scale), math.Floor(h*scale), patchSide), b.patches), true
}

func ceilPercent(n, hundredths int64) int64 { return (n*hundredths + 99) / 100 }

// squares is Anthropic's rule.
type squares struct {
	edge         float64
	tokens, most int64
}

func (s squares) Size(width, height int, _ string) (tokens, most int64) {
	w, h := shrink(float64(width), float64(height), s.edge, math.Round)
	tokens, most = cover(w, h, 28), int64(math.Ceil(w*h/750))
	if tokens > s.tokens { // scaled further, to the largest size that fits
		return s.tokens, s.most
	}
	w, h = shrink(float64(width), float64(height), s.edge, math.Ceil)
	return tokens, max(most, cover(w, h, 28))
}

func (s squares) Limit(string) (int64, bool) { return s.most, true }

// crops is the rule of Gemini 1.5 to 2.5: an image of up to 384 pixels a side costs one tile of 258 tokens. A
// larger one is cropped into tiles whose side is two thirds of its shorter side, but 256 to 768 pixels
// (https://ai.google.dev/gemini-api/docs/image-understanding, "Token calculation"). The documentation said
// once that images are scaled into 3072 pixels square first, and now nothing of the kind: there is no limit.
type crops struct{}

const cropTokens = 258

func (crops) Size(width, height int, detail string) (tokens, most int64) {
	if tokens, fixed := (crops{}).Limit(detail); fixed {
		return tokens, tokens
	}
	if width <= 384 && height <= 384 {
		return cropTokens, cropTokens
	}
	w, h := shrink(float64(width), float64(height), 3072, math.Round)
	return cropTokens * cropped(w, h), cropTokens * max(cropped(w, h), cropped(float64(width), float64(height)))
}

func cropped(w, h float64) int64 { return cover(w, h, min(max(math.Floor(min(w, h)/1.5), 256), 768)) }

// A low or medium resolution is one tile, the low one a small one
// (https://ai.google.dev/gemini-api/docs/media-resolution, 64 and 256 tokens and what separates them).
func (crops) Limit(detail string) (int64, bool) {
	switch detail {
	case "low":
		return 66, true
	case "medium":
		return cropTokens, true
	}
	return 0, false
}

// levels is the rule from Gemini 3 on: an image costs what its media resolution says, whatever its size
// (https://ai.google.dev/gemini-api/docs/media-resolution, "Token counts"). The figures are called
// approximate, so a sixteenth more is allowed for. "" is for no resolution, and for one not known.
type levels map[string]int64

func (l levels) Size(_, _ int, detail string) (tokens, most int64) {
	tokens, ok := l[detail]
	if !ok {
		tokens = l[""]
	}
	return tokens, tokens + tokens/16
}

func (l levels) Limit(detail string) (int64, bool) {
	_, most := l.Size(1, 1, detail)
	return most, true
}
