package tasks

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestInspect: a file comes to how many tasks it has, and one of each kind, in every format.
func TestInspect(t *testing.T) {
	for name, content := range map[string]string{
		"lines": `{"id": "a", "prompt": "x", "model": "m"}` + "\n" + `{"id": "b", "prompt": "y", "model": "m"}` + "\n" + `{"id": "c", "prompt": "{{ output \"a\" }}", "depends_on": ["a"], "worker": "w"}`,
		"TOML":  "[[task]]\nid = \"a\"\nprompt = \"x\"\nmodel = \"m\"\n[[task]]\nid = \"b\"\nprompt = \"x\"\nworker = \"w\"\n[[task]]\nid = \"c\"\nprompt = \"x\"\nworker = \"w\"\n",
		"array": `[{"id": "a", "prompt": "x", "model": "m"}, {"prompt": "y", "worker": "w"}, {"prompt": "z", "worker": "w"}]`,
		"table": "id,prompt,worker,model\na,x,,m\nb,y,w,\nc,z,w,\n",
	} {
		found, err := Reader{Stdin: strings.NewReader(content)}.Inspect("-")
		if err != nil || found.Tasks != 3 || len(found.Kinds) != 2 || found.Kinds[0].Model != "m" || found.Kinds[1].Worker != "w" || found.Kinds[0].Prompt != "" {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}

// TestInspectKeepsNoTexts: what is kept of a task does not grow with what it asks.
func TestInspectKeepsNoTexts(t *testing.T) {
	const n, size = 20_000, 10_000
	line := func(i int) string {
		return fmt.Sprintf("{\"id\": \"t%d\", \"prompt\": \"%s\"}\n", i, strings.Repeat("x", size))
	}
	in, out := io.Pipe()
	go func() {
		for i := range n {
			if _, err := io.WriteString(out, line(i)); err != nil {
				return
			}
		}
		_ = out.Close()
	}()
	r := Reader{Stdin: in}
	f := r.newFile("-", "")
	f.inspection = newInspection()
	if err := f.load("-"); err != nil || f.inspected() != n {
		t.Fatal(f.inspected(), err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > n*size/4 {
		t.Errorf("%d bytes are live, of %d read", m.HeapAlloc, n*size)
	}
	runtime.KeepAlive(f)
}
