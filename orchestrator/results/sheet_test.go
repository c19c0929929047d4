package results

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

func sheetResult(id, columns string) orchestrator.Result {
	r := resultAt(id, 1)
	r.Columns = json.RawMessage(columns)
	r.Usage = budget.Usage{Input: 3, CacheRead: 2, Output: 4}
	r.Cost = new(orchestrator.Cost(1_500_000))
	r.Finish = wire.FinishStop
	return r
}

// TestSheet: the columns of the input come first, as they are; what clashes with them has a name of its own. An unknown
// cost is an empty cell.
func TestSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	f, err := Open(Destination{Path: path, Run: "r", Columns: []string{"review", "output", "n"}, WithID: true, Metadata: true, Fields: []string{"label", "why"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := sheetResult("c", `{}`)
	failed.Outcome, failed.Reason, failed.Output, failed.Cost, failed.Finish = orchestrator.Failed, "no, \"none\"", "", nil, ""
	structured := sheetResult("e", `{}`)
	structured.Output = `{"why":[1, 2],"label":"x","more":1}`
	called := sheetResult("d", `{"n": {"a": [1]}}`)
	called.Output, called.ToolCalls, called.Metadata = "", []wire.ToolCall{{Name: "f"}}, json.RawMessage(`{"k": "v"}`)
	for _, r := range []orchestrator.Result{
		sheetResult("a", `{"review":"So \"good\",\nit is","output":"=1+1","n":1.50}`), sheetResult("b", `{"review":null,"n":true}`), failed, called, structured,
	} {
		if err := f.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	calls, _ := json.Marshal(called.ToolCalls)
	want := `id,review,output,n,metadata,status,orchestrate_output,finish,error,input_tokens,output_tokens,cost_usd,output.label,output.why
a,"So ""good"",
it is",=1+1,1.50,,done,a1,stop,,5,4,0.0015,,
b,,,true,,done,b1,stop,,5,4,0.0015,,
c,,,,,failed,,,"no, ""none""",5,4,,,
d,,,"{""a"":[1]}","{""k"":""v""}",done,` + `"` + strings.ReplaceAll(string(calls), `"`, `""`) + `"` + `,stop,,5,4,0.0015,,
e,,,,,done,"{""why"":[1, 2],""label"":""x"",""more"":1}",stop,,5,4,0.0015,x,"[1,2]"
`
	if got, _ := os.ReadFile(path); string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestASheetIsGoneOnWith: a run that goes on adds what the file lacks. A torn last row is cut, and written again.
func TestASheetIsGoneOnWith(t *testing.T) {
	const header = "q,status,output,finish,error,input_tokens,output_tokens,cost_usd\n"
	a, b := sheetResult("a", `{"q":"x\r\ny"}`), sheetResult("b", `{"q":"x"}`)
	b.Output = "one,\ntwo"
	const rowA, rowB = "\"x\r\ny\",done,a1,stop,,5,4,0.0015\n", "x,done,\"one,\ntwo\",stop,,5,4,0.0015\n"
	for name, tt := range map[string]struct{ before, after, err string }{
		"empty":              {"", header + rowA + rowB, ""},
		"a header":           {header, header + rowA + rowB, ""},
		"half a header":      {header[:10], header + rowA + rowB, ""},
		"one is there":       {header + rowA, header + rowA + rowB, ""},
		"both are there":     {header + rowB + rowA, header + rowB + rowA, ""},
		"torn in a cell":     {header + rowA + rowB[:14], header + rowA + rowB, ""},
		"torn behind a cell": {header + rowA + "x,done", header + rowA + rowB, ""},
		"torn in the cost":   {header + rowA + strings.TrimSuffix(rowB, "15\n"), header + rowA + rowB, ""},
		"no line end":        {header + rowA + strings.TrimSuffix(rowB, "\n"), header + rowA + rowB, ""},
		"another table":      {"a,b\n1,2\n", "a,b\n1,2\n", "has other columns than the results of run r"},
		"no table":           {"\"\n", "\"\n", "has other columns"},
		"rows of others":     {header + "x,y\n" + rowB, header + "x,y\n" + rowB, "the row behind byte 65 is none of its results"},
	} {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(tt.before), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(Destination{Path: path, Run: "r", Resumed: true, Columns: []string{"q"}}, nil)
		if err == nil {
			for _, r := range []orchestrator.Result{a, b, a} {
				if err := f.Write(r); err != nil {
					t.Error(err)
				}
			}
			err = f.Close()
		}
		got, _ := os.ReadFile(path)
		if string(got) != tt.after || tt.err == "" != (err == nil) || !strings.Contains(fmt.Sprint(err), tt.err) && err != nil {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, got, tt.after)
		}
	}
}

// TestASheetIsReplaced: only a table of results is, and only where that is wished.
func TestASheetIsReplaced(t *testing.T) {
	for content, replaced := range map[string]bool{
		"old,status,output,finish,error,input_tokens,output_tokens,cost_usd\nx,done,y,stop,,1,1,\n":    true,
		"output,status,orchestrate_output,finish,error,input_tokens,output_tokens,cost_usd\n,,,,,,,\n": true,
		"status,output,finish,error,input_tokens,output_tokens,cost_usd,output.a\n,,,,,,,\n":           true,
		"name,price\nx,1\n": false,
	} {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Destination{Path: path, Run: "r"}, nil); err == nil {
			t.Errorf("%q is opened without being asked", content)
		}
		f, err := Open(Destination{Path: path, Run: "r", Force: true}, nil)
		if (err == nil) != replaced {
			t.Errorf("%q: %v", content, err)
		}
		if err != nil {
			continue
		}
		if err := f.Begin(); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(sheetResult("a", `{}`)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); !strings.HasPrefix(string(got), "status,") {
			t.Errorf("%q became %q", content, got)
		}
	}
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte("q,status,output,finish,error,input_tokens,output_tokens,cost_usd\nx,done,\"a\nb\",stop,,1,1,0.1\ny,do"))
	f.Fuzz(func(t *testing.T, before []byte) {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := Open(Destination{Path: path, Run: "r", Resumed: true, Columns: []string{"q"}}, nil)
		if err != nil {
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Errorf("%q was refused and is %q", before, after)
			}
			return
		}
		if err := file.Write(sheetResult("a", `{"q":"x"}`)); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := Open(Destination{Path: path, Run: "r", Resumed: true, Columns: []string{"q"}}, nil)
		if err != nil {
			t.Fatalf("%q: what was written cannot be read: %v", before, err)
		}
		if err := again.Write(sheetResult("a", `{"q":"x"}`)); err != nil || again.size != file.size {
			t.Errorf("%q: a row is written twice, %v", before, err)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
