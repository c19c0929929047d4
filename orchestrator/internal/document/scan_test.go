package document

import (
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

const scanned = `top = 1 # a = 2
"quoted \u006bey" = 'a = 1'
[table] # [no]
a . 'b' = """
[no]
x = 1 \""""
c = '''
y = 2''''
list = [ 1, "]", # z = 3
  [2, {k = 1}] ]
inline = { a = "}", b = { c = 1 } , }
date = 1979-05-27 07:32:00
[[rows]]
id = 1
[rows.sub]
id = 2
[[rows]]
id = 3
[[rows.deep]]
id = 4`

func TestScanTOML(t *testing.T) {
	var got []string
	Scan([]byte(scanned), func(e Entry) {
		at := placeAt([]byte(scanned), e.Start)
		line := strings.Join(e.Path, "/") + " = " + scanned[e.Value:e.End]
		if e.Header {
			line = strings.Join(e.Path, "/") + ":"
		}
		got = append(got, Quote(line)+" at "+string(rune('a'+at.Line-1))+Index(at.Column))
	})
	want := []string{ // line a is the first
		`"top = 1" at a[1]`,
		`"quoted key = 'a = 1'" at b[1]`,
		`"table:" at c[1]`,
		`"table/a/b = \"\"\"\n[no]\nx = 1 \\\"\"\"\"" at d[1]`,
		`"table/c = '''\ny = 2''''" at g[1]`,
		`"table/list/[0] = 1" at i[10]`,
		`"table/list/[1] = \"]\"" at i[13]`,
		`"table/list/[2]/[0] = 2" at j[4]`,
		`"table/list/[2]/[1]/k = 1" at j[8]`,
		`"table/list/[2]/[1] = {k = 1}" at j[7]`,
		`"table/list/[2] = [2, {k = 1}]" at j[3]`,
		`"table/list = [ 1, \"]\", # z = 3\n  [2, {k = 1}] ]" at i[1]`,
		`"table/inline/a = \"}\"" at k[12]`,
		`"table/inline/b/c = 1" at k[27]`,
		`"table/inline/b = { c = 1 }" at k[21]`,
		`"table/inline = { a = \"}\", b = { c = 1 } , }" at k[1]`,
		`"table/date = 1979-05-27 07:32:00" at l[1]`,
		`"rows/[0]:" at m[1]`,
		`"rows/[0]/id = 1" at n[1]`,
		`"rows/[0]/sub:" at o[1]`,
		`"rows/[0]/sub/id = 2" at p[1]`,
		`"rows/[1]:" at q[1]`,
		`"rows/[1]/id = 3" at r[1]`,
		`"rows/[1]/deep/[0]:" at s[1]`,
		`"rows/[1]/deep/[0]/id = 4" at t[1]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// leaves returns the paths of all values that are no tables, as the library sees them.
func leaves(path []string, v any, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			leaves(append(slices.Clone(path), key), value, out)
		}
	case []map[string]any:
		for i, value := range v {
			leaves(append(slices.Clone(path), Index(i)), value, out)
		}
	case []any:
		for i, value := range v {
			leaves(append(slices.Clone(path), Index(i)), value, out)
		}
	default:
		out[strings.Join(path, "\x00")] = true
	}
}

// The scanner and the library agree on what a document says, and the spans of values are values.
func FuzzScanTOML(f *testing.F) {
	f.Add(scanned)
	for _, doc := range filetest.Contents(f, "../../config/testdata/mistakes/*.toml") {
		f.Add(string(doc))
	}
	f.Add("a = \"\"\"\"\"\"\"\"\nb=''''''\n\"\\\"\" = \"\\\\\"")
	f.Add("a = [[], {}, [[]],]\r\nb = {\n# }\n}\n")
	f.Fuzz(func(t *testing.T, doc string) {
		if len(doc) > 4<<10 || strings.HasPrefix(doc, string(ByteOrderMark)) || InvalidUTF8([]byte(doc)) >= 0 {
			t.Skip()
		}
		var want map[string]any
		if _, err := toml.Decode(doc, &want); err != nil {
			Scan([]byte(doc), func(Entry) {}) // it must only end
			t.Skip()
		}
		library, scanner := map[string]bool{}, map[string]bool{}
		leaves(nil, want, library)
		Scan([]byte(doc), func(e Entry) {
			if e.Header {
				return
			}
			var value struct{ V any }
			if _, err := toml.Decode("V = "+doc[e.Value:e.End], &value); err != nil {
				t.Fatalf("%q has the value %q: %v", e.Path, doc[e.Value:e.End], err)
			}
			switch value.V.(type) {
			case map[string]any, []any, []map[string]any:
			default:
				scanner[strings.Join(e.Path, "\x00")] = true
				// After "a.b = 1" the library takes "a = 2" without a word and drops it.
				for path := range library {
					if strings.HasPrefix(path, strings.Join(e.Path, "\x00")+"\x00") {
						t.Skip("a key is both a table and a value")
					}
				}
			}
		})
		if diff := cmp.Diff(library, scanner); diff != "" {
			t.Errorf("(-library +scanner):\n%s", diff)
		}
	})
}
