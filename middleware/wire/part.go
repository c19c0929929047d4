package wire

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// PartKind says what a part of a message is.
type PartKind uint8

// The kinds of parts.
const (
	PartText     PartKind = iota
	PartImage             // of a user's message, or a tool's
	PartCall              // that an assistant asks for
	PartResult            // of a tool's answer
	PartThinking          // of an assistant, before it answered; a format that does not take it back leaves it out
)

// Part is one thing that a message says. The zero value is an empty text.
type Part struct {
	Kind      PartKind   `json:"kind"`
	Text      string     `json:"text,omitempty"`      // of a text, a result, or thinking
	Image     *ImageData `json:"image,omitempty"`     // of an image
	Call      *ToolCall  `json:"call,omitempty"`      // of a call
	CallID    string     `json:"call_id,omitempty"`   // of a result: the call that it answers
	Signature string     `json:"signature,omitempty"` // of thinking: what the provider wants to see again
}

// ImageData is an image that a request sends: its bytes, or where it is. One that is known only by its address is
// counted as the largest of its model, and not at all where that has no largest.
type ImageData struct {
	MediaType string `json:"media_type,omitempty"` // "image/png"; of Data
	Data      []byte `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`    // instead of Data
	Detail    string `json:"detail,omitempty"` // "low", "high", ...; a format that has no such thing leaves it out
}

// Wrong says what is wrong with an image that no provider takes, "" for nothing: one without bytes and without an address on
// the web, or whose bytes are of a type that is no image's.
func (i *ImageData) Wrong() string {
	switch web := strings.HasPrefix(i.URL, "https://") || strings.HasPrefix(i.URL, "http://"); {
	case len(i.Data) == 0 && i.URL == "":
		return "an image without bytes and without an address"
	case len(i.Data) == 0 && !web:
		return "an image at an address that begins with neither https:// nor http://"
	case len(i.Data) > 0 && !strings.HasPrefix(i.MediaType, "image/"):
		return fmt.Sprintf("an image of the media type %.40q (image/png, say)", i.MediaType)
	}
	return ""
}

// TextPart is a text.
func TextPart(text string) Part { return Part{Text: text} }

// ImagePart is an image by its bytes. mediaType is such as "image/png"; data is not copied.
func ImagePart(mediaType string, data []byte) Part {
	return Part{Kind: PartImage, Image: &ImageData{MediaType: mediaType, Data: data}}
}

// ImageURLPart is an image by its address. A data URL in base64 is its bytes.
func ImageURLPart(url string) Part {
	if rest, ok := strings.CutPrefix(url, "data:"); ok {
		mediaType, text, _ := strings.Cut(rest, ";base64,")
		if data, err := base64.StdEncoding.DecodeString(text); err == nil && len(data) > 0 {
			return ImagePart(mediaType, data)
		}
	}
	return Part{Kind: PartImage, Image: &ImageData{URL: url}}
}

// CallPart is a tool call that an assistant asked for.
func CallPart(call ToolCall) Part { return Part{Kind: PartCall, Call: &call} }

// ResultPart is what a tool answered to the call with that ID.
func ResultPart(callID, text string) Part { return Part{Kind: PartResult, CallID: callID, Text: text} }

// ThinkingPart is what a model thought, with the signature that its provider gave for it.
func ThinkingPart(text, signature string) Part {
	return Part{Kind: PartThinking, Text: text, Signature: signature}
}
