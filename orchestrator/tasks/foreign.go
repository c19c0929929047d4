package tasks

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// foreign is what a file is that is no task file, and what can be done with it today.
type foreign struct{ what, hint string }

// magic are the first bytes of files that are no text. The sources are the formats' own specifications.
var magic = []struct {
	start string
	foreign
}{
	{"\x1f\x8b", foreign{"compressed with gzip twice", "gunzip -c FILE | orchestrate run -"}},
	{"\x28\xb5\x2f\xfd", foreign{"compressed with zstd", "zstd -dc FILE | orchestrate run -"}},
	{"BZh", foreign{"compressed with bzip2", "bzip2 -dc FILE | orchestrate run -"}},
	{"\xfd7zXZ\x00", foreign{"compressed with xz", "xz -dc FILE | orchestrate run -"}},
	{"PK\x03\x04", foreign{"a zip archive", "unzip -p FILE | orchestrate run -"}},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", foreign{"a document of an older Microsoft Office", fromSheet}},
	{"PAR1", foreign{"a Parquet file", `duckdb -c "COPY (SELECT * FROM 'FILE') TO 'tasks.jsonl' (FORMAT json)", with the columns id and prompt`}},
	{"ARROW1", foreign{"an Arrow file", linesHint}},
	{"Obj\x01", foreign{"an Avro file", linesHint}},
	{"SQLite format 3\x00", foreign{"an SQLite database", linesHint}},
	{"%PDF-", foreign{"a PDF document", "extract its text, and give each task a prompt_file"}},
	{"\xff\xfe", foreign{"text in UTF-16", "save the file as UTF-8: iconv -f UTF-16 -t UTF-8 FILE"}},
	{"\xfe\xff", foreign{"text in UTF-16", "save the file as UTF-8: iconv -f UTF-16 -t UTF-8 FILE"}},
}

const (
	linesHint = `write a line {"id": "a", "prompt": "..."} for each task`
	fromSheet = "save the sheet as CSV: each row is a task, and --prompt '{{ .COLUMN }}' says what is asked"
	fromText  = `jq -Rc 'select(test("\\S")) | {prompt: .}' FILE > tasks.jsonl makes a task of each line, jq -Rsc '{prompt: .}' one of them all`
	fromCSV   = "a row is a task: orchestrate run FILE.csv --prompt '{{ .COLUMN }}'"
)

// foreignBytes returns what a file is that begins with start, if that is no text; nil if it may be one.
func foreignBytes(path string, start []byte) *foreign {
	for _, m := range magic {
		if bytes.HasPrefix(start, []byte(m.start)) {
			if m.start == "PK\x03\x04" && isWorkbook(path, start) {
				return &foreign{"an Excel workbook", fromSheet}
			}
			return &foreign{m.what, m.hint}
		}
	}
	if bytes.IndexByte(start, 0) >= 0 {
		return &foreign{"binary data, not text", linesHint}
	}
	return nil
}

// isWorkbook reports whether a zip archive is a spreadsheet of Excel or of OpenOffice.
func isWorkbook(path string, start []byte) bool {
	return slices.Contains([]string{".xlsx", ".xlsm", ".ods"}, extension(path)) ||
		bytes.Contains(start, []byte("xl/")) || bytes.Contains(start, []byte("opendocument.spreadsheet"))
}

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

var (
	tomlStart = regexp.MustCompile(`^(\[|("[^"]*"|'[^']*'|[\w.\- ])+=)`)
	yamlStart = regexp.MustCompile(`^(---\s*$|- |[\w\-]+:(\s|$))`)
)

// foreignText returns what text is that is neither TOML nor JSON, by its name, else by how it begins; nil if it may be
// one of these.
func foreignText(path string, start []byte) *foreign {
	first, second := firstLines(start)
	ext := extension(path)
	switch {
	case strings.HasPrefix(first, "version https://git-lfs.github.com/"):
		return &foreign{"a pointer of Git LFS, not the file itself", "git lfs pull fetches it"}
	case namesLines(ext) && second != "" && second[0] == '{': // something before the first line: its reader says what
		return nil
	case ext == ".yaml", ext == ".yml":
		return yaml(start)
	case ext == ".toml", first == "", tomlStart.MatchString(first), first[0] == '{':
		return nil
	case ext != ".md" && yamlStart.MatchString(first):
		return yaml(start)
	}
	return &foreign{"plain text, not a task file", fromText}
}

// namesLines reports whether an extension is that of JSON lines.
func namesLines(ext string) bool { return ext == ".jsonl" || ext == ".ndjson" }

// firstLines returns the first two lines that are neither blank nor comments, and whole.
func firstLines(start []byte) (first, second string) {
	for line := range strings.Lines(string(start)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case first == "":
			first = line
		default:
			return first, line
		}
	}
	return first, ""
}

// separatorOf returns what separates the columns of a table that begins with these lines, 0 if it is none.
func separatorOf(first, second string) rune {
	for _, separator := range "\t,;" {
		if strings.ContainsRune(first, separator) && strings.ContainsRune(second, separator) && !strings.ContainsAny(first, "=:") {
			return separator
		}
	}
	return 0
}

// separatorIn returns what separates the columns of a file that begins with start: by its name, else by its first lines; 0
// if it is no table.
func separatorIn(path string, start []byte) rune {
	first, second := firstLines(start)
	switch ext := extension(path); {
	case len(bytes.TrimSpace(start)) == 0:
		return 0
	case ext == ".tsv", ext == ".tab":
		return '\t'
	case ext == ".csv":
		return mostIn(firstLine(start))
	case ext == ".toml", ext == ".yaml", ext == ".yml", ext == ".md", first == "", tomlStart.MatchString(first), first[0] == '{',
		namesLines(ext) && second != "" && second[0] == '{':
		return 0
	}
	return separatorOf(first, second)
}

// firstLine is what begins a table: a comment is none.
func firstLine(start []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimLeft(start, "\r\n"), []byte("\n"))
	return string(line)
}

// mostIn is the separator that a header has most of, outside of quotes; a comma where it has none.
func mostIn(header string) rune {
	best, most := ',', 0
	for _, separator := range ",;\t|" {
		n, quoted := 0, false
		for _, r := range header {
			switch {
			case r == '"':
				quoted = !quoted
			case r == separator && !quoted:
				n++
			}
		}
		if n > most {
			best, most = separator, n
		}
	}
	return best
}

var (
	yamlTasks     = regexp.MustCompile(`(?m)^tasks:`)
	yamlPrompt    = regexp.MustCompile(`(?m)^prompt:`)
	yamlNested    = regexp.MustCompile(`(?m)^[ \t]+(prompt|description):`)
	yamlPromptfoo = regexp.MustCompile(`(?m)^(providers|targets):`)
)

func yaml(start []byte) *foreign {
	first, _ := firstLines(bytes.TrimPrefix(bytes.TrimSpace(start), []byte("---")))
	value := ".value"
	if nested := yamlNested.FindSubmatch(start); nested != nil {
		value += "." + string(nested[1])
	}
	each := `to_entries | .[] | {"id": .key, "prompt": ` + value + `}`
	switch {
	case yamlPromptfoo.Match(start):
		return &foreign{"a configuration of promptfoo", "it fills its prompts by itself: " + linesHint}
	case yamlTasks.Match(start):
		each = ".tasks[]"
	case first == "-", strings.HasPrefix(first, "- "):
		each = ".[]"
	case yamlPrompt.Match(start):
		each = "."
	}
	return &foreign{"YAML", "yq -o=json -I=0 '" + each + "' FILE > tasks.jsonl makes a line of each element, with the keys id and prompt, by the yq of github.com/mikefarah"}
}
