// Package pixels reads how large images are, and no more of them.
package pixels

import (
	"bufio"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

// head is how many bytes of an image are looked at for its size. Cameras put metadata before it, in
// pieces of up to 64 KB.
const head = 512 << 10

// Size returns the size in pixels that the header of an image says, or zeros if there is none to be read: in a format
// that is not known here, in what is no image. It decodes no more than the header.
func Size(file io.Reader) (width, height int) {
	config, err := decode(bufio.NewReader(io.LimitReader(file, head)))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return 0, 0
	}
	return config.Width, config.Height
}

// decode reads the header of an image. The formats are named here and not registered with package
// image, so that a count never depends on what else a program imports.
func decode(file *bufio.Reader) (image.Config, error) {
	magic, err := file.Peek(4)
	switch {
	case err != nil:
		return image.Config{}, err
	case string(magic) == "\x89PNG":
		return png.DecodeConfig(file)
	case string(magic[:2]) == "\xff\xd8":
		return jpeg.DecodeConfig(file)
	case string(magic) == "GIF8":
		return gif.DecodeConfig(file)
	}
	return image.Config{}, image.ErrFormat
}
