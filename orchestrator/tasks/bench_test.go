package tasks

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// manyTasks is a task file of n tasks, each depending on the one before it.
func manyTasks(format string, n int) []byte {
	var b bytes.Buffer
	for i := range n {
		dep := ""
		if i > 0 {
			dep = fmt.Sprintf(`"t%d"`, i-1)
		}
		if format == "toml" {
			fmt.Fprintf(&b, "[[task]]\nid = \"t%d\"\nprompt = \"Explain number %d in one line.\"\ndepends_on = [%s]\n\n", i, i, dep)
		} else {
			fmt.Fprintf(&b, "{\"id\": \"t%d\", \"prompt\": \"Explain number %d in one line.\", \"depends_on\": [%s]}\n", i, i, dep)
		}
	}
	return b.Bytes()
}

func BenchmarkLoad(b *testing.B) {
	for _, format := range []string{"jsonl", "toml"} {
		b.Run(format+"/100k", func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "tasks."+format)
			if err := os.WriteFile(path, manyTasks(format, 100_000), 0o600); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				tasks, err := Load(path)
				if err != nil || len(tasks) != 100_000 {
					b.Fatalf("%d tasks, %v", len(tasks), err)
				}
			}
		})
	}
}
