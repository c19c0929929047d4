package count_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// imageCount is what images add to a request.
func imageCount(model string, images ...wire.Image) (tokens, bound int64, kind tokenizer.Certainty) {
	r := wire.Request{Model: model, Messages: wire.Prompt("What is it?")}
	without := count.Of(&r)
	r.Body = &wire.Body{Images: images}
	with := count.Of(&r)
	return with.Tokens - without.Tokens, with.Bound() - without.Bound(), with.Certainty
}

// The figures are the providers' own examples where they give any; the sources are beside the rules.
func TestCountOfImages(t *testing.T) {
	tests := []struct {
		model         string
		image         wire.Image
		tokens, bound int64
	}{
		// OpenAI's tiles.
		{"gpt-4o", wire.Image{Width: 1024, Height: 1024, Detail: "high"}, 765, 765},
		{"gpt-4o", wire.Image{Width: 2048, Height: 4096, Detail: "high"}, 1105, 1105},
		{"gpt-4o", wire.Image{Width: 4096, Height: 8192, Detail: "low"}, 85, 85},
		{"gpt-4o", wire.Image{Width: 512, Height: 512}, 255, 255},
		{"gpt-4.1", wire.Image{Width: 2049, Height: 513}, 1445, 1445},
		{"gpt-4.1", wire.Image{Width: 2050, Height: 513}, 765, 1445}, // billed at 765; a rounding away from 1445
		{"gpt-4o-mini-2024-07-18", wire.Image{Width: 1024, Height: 1024}, 2833 + 4*5667, 2833 + 4*5667},
		{"openai/gpt-5", wire.Image{Width: 1, Height: 1}, 210, 210},
		{"o3", wire.Image{Width: 1, Height: 1}, 225, 225},
		// OpenAI's patches.
		{"gpt-5.4", wire.Image{Width: 1024, Height: 1024, Detail: "high"}, 1229, 1230},
		{"gpt-5.4", wire.Image{Width: 2048, Height: 2048, Detail: "high"}, 3000, 3001},
		{"gpt-4.1-nano", wire.Image{Width: 1024, Height: 1024}, 2520, 2521},
		{"o4-mini", wire.Image{Width: 1800, Height: 2400}, 2498, 5617}, // 1452 patches of at most 1536, or of at most 6144
		{"gpt-4.1-mini", wire.Image{Width: 4000, Height: 1474}, 2489, 2647},
		{"gpt-5.5", wire.Image{Width: 3000, Height: 3000, Detail: "low"}, 308, 309},
		{"gpt-6", wire.Image{Width: 3000, Height: 3000}, 10604, 10605},
		// Anthropic's squares, and what Opus 4.7 made of them.
		{"claude-sonnet-4-5", wire.Image{Width: 1000, Height: 1000}, 1296, 1334},
		{"claude-sonnet-4-5", wire.Image{Width: 1920, Height: 1080}, 1568, 1600},
		{"claude-opus-4-7", wire.Image{Width: 1920, Height: 1080}, 2691, 2765},
		{"claude-opus-4-7", wire.Image{Width: 3840, Height: 2160}, 4784, 4784},
		{"claude-opus-4-7", wire.Image{Width: 10_000, Height: 10}, 92, 92},
		// Gemini's crops, and its levels from the third generation on.
		{"gemini-2.5-flash", wire.Image{Width: 384, Height: 384}, 258, 258},
		{"gemini-2.5-flash", wire.Image{Width: 960, Height: 540}, 6 * 258, 6 * 258},
		{"gemini-2.5-flash", wire.Image{Width: 6144, Height: 6144}, 16 * 258, 64 * 258},
		{"gemini-2.5-flash", wire.Image{Width: 960, Height: 540, Detail: "low"}, 66, 66},
		{"models/gemini-3-pro-preview", wire.Image{Width: 960, Height: 540}, 1120, 1190},
		{"gemini-3.5-flash", wire.Image{Width: 960, Height: 540, Detail: "ultra_high"}, 2240, 2380},
	}
	for _, tt := range tests {
		tokens, bound, kind := imageCount(tt.model, tt.image)
		if tokens != tt.tokens || bound != tt.bound || kind != tokenizer.Estimate {
			t.Errorf("%s, %+v: %d tokens, at most %d, %s, want %d, at most %d", tt.model, tt.image, tokens, bound, kind, tt.tokens, tt.bound)
		}
	}
}

// Where the size is not known, an image has what the largest one would have.
func TestCountOfImagesOfUnknownSize(t *testing.T) {
	for _, tt := range []struct {
		model, detail string
		bound         int64
	}{
		{"gpt-4o", "", 85 + 8*170},
		{"gpt-4o", "low", 85},
		{"gpt-5-mini", "", 9955},
		{"gpt-5.4", "high", 3001},
		{"gpt-5.4", "original", 12_001},
		{"gpt-5.6", "auto", 36_001},
		{"claude-sonnet-4-5", "", 1600},
		{"claude-opus-4-8", "", 4784},
		{"gemini-3-pro", "", 1190},
		{"gemini-2.5-pro", "medium", 258},
	} {
		_, bound, kind := imageCount(tt.model, wire.Image{Detail: tt.detail})
		if bound != tt.bound || kind == tokenizer.None {
			t.Errorf("%s, %q: at most %d, %s, want at most %d", tt.model, tt.detail, bound, kind, tt.bound)
		}
	}
	for _, model := range []string{"gemini-2.5-pro", "gemini-pro-latest", "gpt-3.5-turbo", "gpt-5.9", "gpt-7", "llama-4", "house-7b"} {
		if _, _, kind := imageCount(model, wire.Image{}); kind != tokenizer.None {
			t.Errorf("%s: an image of unknown size is counted as %s", model, kind)
		}
	}
	if tokens, _, kind := imageCount("gpt-4o", wire.Image{}, wire.Image{}); kind != tokenizer.Upper || tokens != 2*1445 {
		t.Errorf("two images: %d, %s", tokens, kind)
	}
}

// No size makes a count that is negative, above the rule's limit, or beyond its own bound.
func FuzzImageCount(f *testing.F) {
	f.Add(1<<31-1, 1<<31-1, "original")
	f.Add(1, 1<<31-1, "low")
	f.Add(20_000, 33, "auto")
	f.Fuzz(func(t *testing.T, width, height int, detail string) {
		if width <= 0 || height <= 0 || width > 1<<31-1 || height > 1<<31-1 {
			return // no header says so
		}
		for _, model := range []string{"gpt-4o", "gpt-5-nano", "gpt-5.2", "gpt-5.4", "gpt-5.6", "claude-3-opus", "claude-opus-4-8", "gemini-2.5-pro", "gemini-3-pro"} {
			tokens, bound, kind := imageCount(model, wire.Image{Width: width, Height: height, Detail: detail})
			_, limit, limited := imageCount(model, wire.Image{Detail: detail})
			if tokens < 1 || bound < tokens || limited != tokenizer.None && bound > limit || kind != tokenizer.Estimate {
				t.Errorf("%s: %d tokens, at most %d, %s; the limit is %d", model, tokens, bound, kind, limit)
			}
		}
	})
}

// picture is an image of that size in a format.
func picture(tb testing.TB, format string, width, height int) []byte {
	tb.Helper()
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	var out bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&out, img)
	case "jpeg":
		err = jpeg.Encode(&out, img, nil)
	case "gif":
		err = gif.Encode(&out, img, nil)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// withPicture is a request for each format whose image is data.
func withPicture(data string) map[wire.Format]string {
	quoted, _ := json.Marshal(data)
	url, _ := json.Marshal("data:image/png;base64," + data)
	return map[wire.Format]string{
		openai.Format: fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":%s}}]}]}`, url),
		anthropic.Format: fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":[{"type":"image",
			"source":{"type":"base64","media_type":"image/png","data":%s}}]}]}`, quoted),
	}
}

func TestParseReadsTheSizeOfImages(t *testing.T) {
	bomb := picture(t, "png", 1, 1)
	binary.BigEndian.PutUint32(bomb[16:], 1<<16)
	binary.BigEndian.PutUint32(bomb[20:], 1<<16)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	endless := append([]byte("\xff\xd8"), bytes.Repeat(append([]byte("\xff\xe1\xff\xff"), make([]byte, 65533)...), 40)...)
	encode := base64.StdEncoding.EncodeToString
	for name, tt := range map[string]struct {
		data          string
		width, height int
	}{
		"png":                     {encode(picture(t, "png", 300, 200)), 300, 200},
		"jpeg":                    {encode(picture(t, "jpeg", 301, 201)), 301, 201},
		"gif":                     {encode(picture(t, "gif", 302, 202)), 302, 202},
		"lines":                   {strings.Join(strings.SplitAfter(encode(picture(t, "png", 300, 200)), "A"), "\r\n"), 300, 200},
		"URL alphabet":            {base64.URLEncoding.EncodeToString(picture(t, "jpeg", 300, 200)), 300, 200},
		"bomb":                    {encode(bomb), 1 << 16, 1 << 16},
		"another format":          {encode([]byte("RIFF....WEBPVP8 ")), 0, 0},
		"no image":                {encode([]byte("Say hello")), 0, 0},
		"cut":                     {encode(picture(t, "png", 300, 200))[:20], 0, 0},
		"no base64":               {"\x89PNG!!", 0, 0},
		"nothing":                 {"", 0, 0},
		"metadata without an end": {encode(endless), 0, 0},
	} {
		for format, body := range withPicture(tt.data) {
			for _, body := range []string{body, strings.ReplaceAll(body, "/", `\/`), strings.ReplaceAll(body, "+", `\u002b`)} {
				r, err := format.Parse([]byte(body))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if want := (wire.Image{Width: tt.width, Height: tt.height}); len(r.Body.Images) != 1 || r.Body.Images[0] != want || r.Body.Unseen != "" {
					t.Errorf("%s, %s: %+v, unseen %q, want %+v", name, format.Name(), r.Body.Images, r.Body.Unseen, want)
				}
				if len(r.Messages) > 0 && r.Messages[0].Text() != "" {
					t.Errorf("%s, %s: the image is counted as text", name, format.Name())
				}
			}
		}
	}
}

func FuzzImage(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(picture(f, format, 3, 5), "")
	}
	f.Add([]byte{}, `data:image/png;base64,\u00e9\/`)
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		for _, data := range []string{base64.StdEncoding.EncodeToString(file), text} {
			for format, body := range withPicture(data) {
				r, err := format.Parse([]byte(body))
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Body.Images) != 1 || (r.Body.Images[0].Width > 0) != (r.Body.Images[0].Height > 0) || r.Body.Images[0].Width < 0 {
					t.Errorf("%+v", r.Body.Images)
				}
			}
		}
	})
}

// largePicture is the body of a request with an image of 5 MB, 300 by 200 pixels.
func largePicture(tb testing.TB) []byte {
	file := append(picture(tb, "png", 300, 200), make([]byte, 5<<20)...)
	return []byte(withPicture(base64.StdEncoding.EncodeToString(file))[openai.Format])
}

func TestParseDoesNotDecodeImages(t *testing.T) {
	body := largePicture(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := mustParse(t, body)
	runtime.ReadMemStats(&after)
	if r.Body.Images[0].Width != 300 {
		t.Errorf("%+v", r.Body.Images)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes allocated for a body of %d", n, len(body))
	}
}

func BenchmarkParseImage(b *testing.B) {
	body := largePicture(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, body)
	}
}
