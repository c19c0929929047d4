package tasks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// TestBounds: what would take the decoders long, or much memory, is refused before them, with its place. The first of
// each pair is as much as there may be.
func TestBounds(t *testing.T) {
	repeat := strings.Repeat
	key := func(n int) string { return repeat("a", n) }
	for name, tt := range map[string]struct {
		allowed, refused string
		want             string
	}{
		"dotted key":     {"\n" + repeat("a.", 15) + "a = 1", "\n" + repeat("a.", 16) + "a = 1", "2:32: the key has more than 16 parts"},
		"much dotted":    {"", repeat("a.", 500_000) + "a = 1", "1:32: the key has more than 16 parts"},
		"spaced dots":    {"", repeat("a . ", 16) + "a = 1", "1:63: the key has more than 16 parts"},
		"quoted parts":   {`"a.b"."c.d".'e.f' = 1`, repeat(`"a".`, 16) + "a = 1", "1:64: the key has more than 16 parts"},
		"header":         {"[" + repeat("a.", 15) + "a]", "[" + repeat("a.", 16) + "a]", "1:33: the key has more than 16 parts"},
		"array header":   {"[[" + repeat("a.", 15) + "a]]", "[[" + repeat("a.", 16) + "a]]", "1:34: the key has more than 16 parts"},
		"inline key":     {"x = {" + repeat("a.", 15) + "a = 1}", "x = {" + repeat("a.", 16) + "a = 1}", "1:37: the key has more than 16 parts"},
		"long key":       {key(512) + " = 1", key(513) + " = 1", "1:1: there are 513 bytes without a space or quotes: the most is 512"},
		"long quoted":    {`"` + key(510) + `" = 1`, ` "` + key(511) + `" = 1`, "1:2: the key has 513 bytes: the most is 512"},
		"long part":      {"", `a."` + key(511) + `".b = 1`, "1:3: the key has 513 bytes: the most is 512"},
		"long in header": {"['" + key(510) + "']", "['" + key(511) + "' ]", "1:2: the key has 513 bytes: the most is 512"},
		"long in table":  {"", "x = {'" + key(511) + "' = 1}", "1:6: the key has 513 bytes: the most is 512"},
		"long value":     {`x = ["` + key(100_000) + `"]`, "x = " + repeat("1", 513), "1:5: there are 513 bytes without a space or quotes: the most is 512"},
		"arrays":         {"x = " + repeat("[", 32) + repeat("]", 32), "x = " + repeat("[", 33) + repeat("]", 33), "1:37: arrays and tables are nested more than 32 deep"},
		"open arrays":    {"", "x = " + repeat("[", 500_000), "1:37: arrays and tables are nested more than 32 deep"},
		"inline tables":  {"x = " + repeat("{a=", 32) + "1" + repeat("}", 32), "x = " + repeat("{a=", 33) + "1" + repeat("}", 33), "1:101: arrays and tables are nested more than 32 deep"},
		"over lines":     {"", "x = " + repeat("[\n", 33), "33:1: arrays and tables are nested more than 32 deep"},
		"elements":       {"x = [" + repeat("1,", 19_999) + "]", "x = [" + repeat("1,", 20_000) + "]", "1:40005: the file has more than 20000 keys and elements"},
		"headers":        {repeat("[[a]]\n", 20_000), repeat("[[a]]\n", 20_001), "20001:1: the file has more than 20000 keys and elements"},
	} {
		for text, want := range map[string]string{tt.allowed: "", tt.refused: "x.toml:" + tt.want} {
			_, _, err := config.Parse("x.toml", []byte(text))
			got := fmt.Sprint(err)
			bounded := strings.Contains(got, "more than") || strings.Contains(got, "bytes")
			if want == "" && bounded || want != "" && got != want {
				t.Errorf("%s: %.200s, want %q", name, got, want)
			}
			if tasks := filetest.Write(t, t.TempDir(), "x.toml", text); want != "" && !strings.Contains(want, "elements") {
				if _, err := Load(tasks); err == nil || !strings.HasSuffix(err.Error(), want) {
					t.Errorf("%s, of a task file: %.200v", name, err)
				}
			}
		}
	}
}

// TestTextIsNotBounded: dots, brackets and commas in texts and comments are nothing to the bounds.
func TestTextIsNotBounded(t *testing.T) {
	much := strings.Repeat("a.[{,=", 10_000)
	for _, text := range []string{
		`prompt = "` + much + `\""`, `prompt = '` + much + `'`, `prompt = """` + much + "\n\"\n" + much + `"""`,
		"prompt = '''" + much + "\n'\n" + much + "'''", "prompt = 'x' # " + much,
	} {
		if _, err := Load(filetest.Write(t, t.TempDir(), "x.toml", "[[task]]\nid = 'a'\n"+text)); err != nil {
			t.Errorf("%.30s: %v", text, err)
		}
	}
}

// TestBoundsOfLines is the like for JSON.
func TestBoundsOfLines(t *testing.T) {
	repeat := strings.Repeat
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"k%d":1,`, i)
		}
		return "{" + b.String() + `"prompt":"x"}`
	}
	body := func(n int) string {
		return `{"custom_id": "a", "body": {"messages": [{"role": "user", "content": "x"}], "x": ` + repeat("[", n) + repeat("]", n) + "}}"
	}
	for name, tt := range map[string]struct{ line, want string }{
		"arrays":             {`{"depends_on": ` + repeat("[", 300) + repeat("]", 300) + `}`, "1:271: objects and arrays are nested more than 256 deep"},
		"open":               {repeat(`{"a":`, 1_000_000), "1:1281: objects and arrays are nested more than 256 deep"},
		"brackets in text":   {`{"prompt": "\"` + repeat("[", 1000) + `"}`, ""},
		"body":               {body(254), ""},
		"body, one too deep": {body(255), "objects and arrays are nested more than 256 deep"},
		"keys":               {many(1001), "the object has more than 1000 keys"},
		"long key":           {`{"` + repeat("a", 1<<20) + `": 1, "prompt": "x"}`, "unknown key"},
	} {
		path := filetest.Write(t, t.TempDir(), "x.jsonl", tt.line)
		_, err := Reader{ParseBody: parseBody}.Load(path)
		if got := fmt.Sprint(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) || len(got) > 1000 {
			t.Errorf("%s: %.200s, want %q", name, got, tt.want)
		}
	}
}
