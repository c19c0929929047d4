package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this binary the command as well: scripts and tests run it as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("XDG_CONFIG_HOME") == "" { // no test reads what its user configured
		os.Setenv("XDG_CONFIG_HOME", "/no-configuration")
	}
	testscript.Main(m, map[string]func(){"orchestrate": main})
}

// TestScript types commands as a person would. A script may use, beside the commands of testscript:
//
//	exits CODE program args...    run a program that must exit with this code
//	json FILE PATH PATTERN        match a value in JSON or JSON lines; see [lookUp] for the path
//	latest FILE                   write FILE.latest: of a results file the last line of each task
//	write FILE PIECE...           write a file; "9*x" is nine times x, "\n" and "\xe9" are as in Go
//
// FILE may be stdout or stderr. A PATTERN matches the whole value.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": matchJSON, "latest": latest, "write": writeFile,
		},
	})
}

func must(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	must(ts, neg, args, 2, "exits CODE program args...")
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%s: %v", args[1], err)
	}
	code := 0
	if exit != nil {
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func matchJSON(ts *testscript.TestScript, neg bool, args []string) {
	must(ts, neg, args, 3, "json FILE PATH PATTERN")
	value, err := decodeAll(ts.ReadFile(args[0]))
	if err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	got := lookUp(value, args[1])
	if !regexp.MustCompile(`^(?s:` + args[2] + `)$`).MatchString(got) {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}

// decodeAll reads a JSON document, or lines of them as a list.
func decodeAll(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var all []any
	for {
		var v any
		switch err := d.Decode(&v); {
		case err == io.EOF && len(all) == 1:
			return all[0], nil
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, v)
	}
}

// lookUp follows a path like "scopes.scope=total.held": keys of objects, indices of lists, the element of
// a list in which a key has a value, or "len", the number of elements. A single object is a list of one. What
// is not there is "absent".
func lookUp(v any, path string) string {
	for step := range strings.SplitSeq(path, ".") {
		list, isList := v.([]any)
		key, value, selects := strings.Cut(step, "=")
		index, err := strconv.Atoi(step)
		if (selects || step == "len" || err == nil) && !isList && v != nil {
			list, isList = []any{v}, true
		}
		object, _ := v.(map[string]any)
		switch {
		case step == "len":
			return fmt.Sprint(len(list))
		case selects:
			i := slices.IndexFunc(list, func(e any) bool { return lookUp(e, key) == value })
			if i < 0 {
				return "absent"
			}
			v = list[i]
		case isList && err == nil && index < len(list):
			v = list[index]
		default:
			var there bool
			if v, there = object[step]; !there {
				return "absent"
			}
		}
	}
	if s, isText := v.(string); isText {
		return s
	}
	text, _ := json.Marshal(v)
	return string(text)
}

func latest(ts *testscript.TestScript, neg bool, args []string) {
	must(ts, neg, args, 1, "latest FILE")
	last, ids := make(map[string]string), []string{}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		value, err := decodeAll(line)
		ts.Check(err)
		id := lookUp(value, "id")
		if _, again := last[id]; !again {
			ids = append(ids, id)
		}
		last[id] = line
	}
	var text strings.Builder
	for _, id := range ids {
		text.WriteString(last[id])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0])+".latest", []byte(text.String()), 0o644))
}

func writeFile(ts *testscript.TestScript, neg bool, args []string) {
	must(ts, neg, args, 2, "write FILE PIECE...")
	var b strings.Builder
	for _, piece := range args[1:] {
		times := 1
		if n, text, ok := strings.Cut(piece, "*"); ok {
			if count, err := strconv.Atoi(n); err == nil {
				times, piece = count, text
			}
		}
		b.WriteString(strings.Repeat(strings.NewReplacer(`\n`, "\n", `\xe9`, "\xe9").Replace(piece), times))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}
