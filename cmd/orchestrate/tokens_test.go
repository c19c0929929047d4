package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

const sayHello = `{"model":"gpt-4o","messages":[{"role":"user","content":"Say hello"}]}`

// countTokens runs the command on a text and returns what it writes.
func countTokens(t *testing.T, text string, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(t.Context(), append([]string{"tokens"}, args...), stdio{strings.NewReader(text), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

// A byte order mark is of the file, not of the request.
func TestTokensIgnoresTheByteOrderMarkOfARequest(t *testing.T) {
	for _, args := range [][]string{nil, {"--jsonl"}} {
		_, want, _ := countTokens(t, sayHello, args...)
		code, got, notes := countTokens(t, "\ufeff"+sayHello, args...)
		if code != exitDone || got != want || notes != "" {
			t.Errorf("%v: exit %d, %q and %q, want %q", args, code, got, notes, want)
		}
	}
}

// A line is a string or a request: what else is JSON has no text that anybody asked to count.
func TestTokensRefusesALineThatIsAnotherValue(t *testing.T) {
	for _, line := range []string{"null", " null ", "true", "17", `["a"]`} {
		code, out, err := countTokens(t, line+"\n", "--jsonl")
		if code != exitUsage || out != "" || !strings.Contains(err, "neither a JSON string nor a request") {
			t.Errorf("%s: exit %d, %q, %q", line, code, out, err)
		}
	}
	if code, out, err := countTokens(t, `"null"`+"\n", "--jsonl"); code != exitDone || err != "" || !strings.HasPrefix(out, "1 ") {
		t.Errorf("exit %d, %q, %q", code, out, err)
	}
}

func TestTokensRefusesUTF16(t *testing.T) {
	units := utf16.Encode([]rune(sayHello))
	marked := append([]uint16{0xfeff}, units...)
	for name, text := range map[string][]byte{
		"little": utf16Bytes(binary.LittleEndian, units), "little, marked": utf16Bytes(binary.LittleEndian, marked),
		"big": utf16Bytes(binary.BigEndian, units), "big, marked": utf16Bytes(binary.BigEndian, marked),
	} {
		for _, args := range [][]string{nil, {"--jsonl"}} {
			code, out, err := countTokens(t, string(text), args...)
			if code != exitUsage || out != "" || !strings.Contains(err, "-: this is UTF-16") || !strings.Contains(err, "iconv") {
				t.Errorf("%s %v: exit %d, %q, %q", name, args, code, out, err)
			}
		}
	}
}

func utf16Bytes(order binary.AppendByteOrder, units []uint16) (b []byte) {
	for _, u := range units {
		b = order.AppendUint16(b, u)
	}
	return b
}

// A request may call its model anything, and must not thereby write to the terminal.
func TestTokensShowsTheModelPlainly(t *testing.T) {
	for model, want := range map[string]string{
		"gpt-4o":                            ", gpt-4o)\n",
		"gpt-4o\x1b[31m\nx":                 `, "gpt-4o\x1b[31m\nx")` + "\n",
		"gpt-4o\u202e":                      `, "gpt-4o\u202e")` + "\n",
		"gpt-4o-" + strings.Repeat("a", 99): ", gpt-4o-" + strings.Repeat("a", 57) + "…)\n",
	} {
		code, out, _ := countTokens(t, "Say hello", "-m", model)
		if code != exitDone || !strings.HasSuffix(out, want) {
			t.Errorf("exit %d, %q, want %q at its end", code, out, want)
		}
	}
}

func TestTokensNamesFilesPlainly(t *testing.T) {
	t.Chdir(t.TempDir())
	const name = "a\x1b[31m b"
	if err := os.WriteFile(name, []byte("Say hello"), 0o600); err != nil {
		t.Skip(err) // a file system that has no such names
	}
	code, out, _ := countTokens(t, "", name, name)
	if code != exitDone || strings.Contains(out, "\x1b") || strings.Count(out, `"a\x1b[31m b"`) != 2 {
		t.Errorf("exit %d, %q", code, out)
	}
}

func TestTokensRefusesARequestThatIsTooLarge(t *testing.T) {
	large := `{"model":"gpt-4o","messages":[],"a":"` + strings.Repeat("a", 32<<20) + `"}`
	code, out, err := countTokens(t, large)
	if code != exitUsage || out != "" || !strings.Contains(err, "more than the 33554432 that are read") {
		t.Errorf("exit %d, %q, %q", code, out, err)
	}
}
