package tokenizer

import (
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var writeCorpora = flag.String("write-corpora", "", "write the texts that families are measured on to this file, for testdata/families.mjs")

func TestWriteCorpora(t *testing.T) {
	if *writeCorpora == "" {
		t.Skip("only with -write-corpora")
	}
	texts := make(map[string]string)
	for _, s := range samples() {
		texts[s.name] = s.text
	}
	b, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*writeCorpora, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
