// Package texttest makes the texts that tests count the tokens of. The same names and seeds make the same texts
// everywhere, so that what other tokenizers said of them can be kept in tables.
package texttest

import (
	"bytes"
	"encoding/base64"
	"sync"

	"github.com/pkoukk/tiktoken-go-loader/assets"
)

// Named is a text, and what a table or a test calls it.
type Named struct{ Name, Text string }

// Tokens are the tokens of o200k_base, in order of rank. Some are not valid UTF-8.
var Tokens = sync.OnceValue(func() (all []string) {
	file, err := assets.Assets.ReadFile("o200k_base.tiktoken")
	if err != nil {
		panic(err)
	}
	for line := range bytes.Lines(file) {
		encoded, _, _ := bytes.Cut(line, []byte(" "))
		token, err := base64.StdEncoding.AppendDecode(nil, encoded)
		if err != nil {
			panic(err)
		}
		all = append(all, string(token))
	}
	return all
})
