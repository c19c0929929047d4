package reading

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/pixels"
)

// AddImage notes an image. data is a JSON string: its bytes in base64, alone or as a data URL, or where it is.
func (r *Reader) AddImage(data []byte, detail string) {
	width, height := imageSize(data)
	r.Body.Images = append(r.Body.Images, wire.Image{Width: width, Height: height, Detail: detail})
}

// seeAddress notes where an image is, if place, a JSON string, is an address and not the image itself.
func (r *Reader) seeAddress(place []byte) {
	if len(place) == 0 || place[0] != '"' || bytes.HasPrefix(place, []byte(`"data:`)) {
		return
	}
	s, err := Unquote(place)
	if _, address, ok := strings.Cut(s, "://"); ok && err == nil {
		_, path, _ := strings.Cut(address, "/")
		r.Body.Addresses = append(r.Body.Addresses, path)
	}
}

// ReadImage reads a part of a message, if it is an image: image_url and input_image are
// OpenAI's, image is Anthropic's.
func (r *Reader) ReadImage(kind string, part Object) (found bool, err error) {
	k, found := imageKinds[kind]
	if !found {
		return false, nil
	}
	if err := r.Rest(part, k.keys); err != nil {
		return true, err
	}
	raw := part.Get(k.place)
	if raw == nil || raw[0] != '{' {
		detail, err := part.Text("detail")
		r.AddImage(raw, detail)
		r.seeAddress(raw)
		return true, err
	}
	image, err := Members(raw)
	if err != nil {
		return true, err
	}
	detail, err := image.Text("detail")
	r.AddImage(image.Get(k.data), detail)
	r.seeAddress(image.Get("url"))
	return true, cmp.Or(err, r.Rest(image, k.placeKeys))
}

// imageKind is what the parts of a kind have that are images: an object with the data at a place, or a string there.
type imageKind struct {
	place, data     string
	keys, placeKeys Names
}

var (
	openaiImage = imageKind{"image_url", "url", KeySet(`type image_url file_id detail cache_control`), KeySet(`url detail`)}
	imageKinds  = map[string]imageKind{
		"image_url": openaiImage, "input_image": openaiImage,
		"image": {"source", "data", KeySet(`type source cache_control`), KeySet(`type media_type data url file_id`)},
	}
)

// imageSize is [pixels.Size] of a JSON string: an image in base64, alone or as a data URL. What is behind an address has no
// size.
func imageSize(data []byte) (width, height int) {
	if len(data) < 2 || data[0] != '"' {
		return 0, 0
	}
	data = data[1 : len(data)-1]
	const mark = "base64,"
	if head := data[:min(len(data), 128)]; bytes.HasPrefix(head, []byte("data:")) {
		at := bytes.Index(head, []byte(mark))
		if at < 0 {
			return 0, 0
		}
		data = data[at+len(mark):]
	}
	return pixels.Size(base64.NewDecoder(base64.StdEncoding, &unescaper{data}))
}

// unescaper reads what is between the quotes of a JSON string of base64. Some encoders escape the slash. It
// gives the URL alphabet as the standard one, which Gemini takes alike.
type unescaper struct{ rest []byte }

func (u *unescaper) Read(p []byte) (n int, err error) {
	for n < len(p) && len(u.rest) > 0 {
		c, size := u.rest[0], 1
		if c == '\\' {
			if c, size, err = unescape(u.rest); err != nil {
				return n, err
			}
		}
		switch c {
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		p[n] = c
		n++
		u.rest = u.rest[size:]
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// unescape returns the ASCII character that an escape at the beginning of s stands for, and its length.
func unescape(s []byte) (c byte, size int, err error) {
	switch s[1] { // valid JSON does not end in a backslash
	case '/':
		return '/', 2, nil
	case 'n', 'r':
		return '\n', 2, nil
	case 'u':
		if n, err := strconv.ParseUint(string(s[2:6]), 16, 7); err == nil {
			return byte(n), 6, nil
		}
	}
	return 0, 0, errors.New("no base64")
}
