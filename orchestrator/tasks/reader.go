package tasks

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// The limits of task files, in bytes. A JSONL file may have any number of lines; a TOML file is read whole, and bounded in
// its keys, parts of keys and elements of arrays, too.
const (
	maxPrompt = 8 << 20
	maxLine   = 16 << 20
	maxTOML   = 256 << 20

	maxItems = 1_000_000
)

// Error is one mistake in a task file, with its place and how to put it right. It never holds the text of a prompt.
type Error = document.Error

// Warning is something in a task file that works, but hardly as meant.
type Warning = document.Warning

// Reader reads task files, and makes tasks of files of data. The zero value reads all formats but Batch lines.
type Reader struct {
	// Stdin is what the path "-" names; nil is [os.Stdin].
	Stdin io.Reader

	// ParseBody reads the body of a Batch line that goes to the route of a format: [wire.Format.Parse]. The result
	// becomes the task's request as it is; body is its own. Nil makes such lines a mistake.
	ParseBody func(format wire.Format, body []byte) (*wire.Request, error)

	// Config, if it is given, must have the workers that tasks ask for. Its [template] makes tasks of rows of data.
	Config *config.Config

	// Store leaves the prompts of JSON lines in their file, where they are read again when they are needed (see
	// [worker.Stored]): a task then takes the same memory whatever it asks. What can be read once, or is compressed, is
	// copied into a temporary file.
	Store bool

	// Template goes before that of Config.
	Template Template

	// Tag chooses the tasks of a tasks.json of Task Master that has several lists; "" is the current one.
	Tag string

	// Simulated says that the workers are simulated: they take requests of any format.
	Simulated bool

	// Again are tasks that are run again although such a file says that they are done: those that the run to go on with
	// has the results of.
	Again map[string]bool

	// Warn takes what works, but hardly as meant: prompt files that lead out of the directories of the task file and
	// of Config. Nil takes none.
	Warn func(Warning)
}

// Load reads a task file with a zero [Reader].
func Load(path string) ([]worker.Task, error) { return Reader{}.Load(path) }

// Load reads the tasks of a file, or of standard input for "-", and checks them as [Check] does. The format is told by
// the extension (.toml, .jsonl, .ndjson, .json, .csv, .tsv, .tab; .gz behind it is compressed), else by the content; the
// files of a directory are a task each. The error joins the mistakes of the whole file, each a [*Error]; with an error there
// are no tasks.
func (r Reader) Load(path string) ([]worker.Task, error) {
	f := r.newFile(path, "")
	if err := f.load(path); err != nil {
		return nil, err
	}
	return f.tasks, nil
}

// load reads the file at path.
func (f *taskFile) load(path string) error {
	if info, err := os.Stat(path); path != "-" && err == nil && info.IsDir() {
		f.dir = path
		return f.readWith(func(f *taskFile) error { return f.readDir(path) })
	}
	in, dir, err := f.open(path)
	if err != nil {
		return fmt.Errorf("read tasks: %w", err)
	}
	defer in.Close()
	f.dir = dir
	return f.readFrom(path, in)
}

// readFrom reads what is in a file that has no directory.
func (f *taskFile) readFrom(path string, in io.Reader) error {
	f.path, f.base = path, -1
	buffered, path, base, err := decompressed(path, in)
	if err != nil {
		return err
	}
	if info, err := os.Stat(f.path); err == nil && info.Mode().IsRegular() && f.path != "-" {
		f.base = base
	}
	return f.readWith(func(f *taskFile) error { return f.readAny(path, buffered) })
}

func (r Reader) open(path string) (in io.ReadCloser, dir string, err error) {
	if path != "-" {
		in, err := os.Open(path)
		return in, filepath.Dir(path), err
	}
	if r.Stdin == nil {
		return io.NopCloser(os.Stdin), ".", nil
	}
	return io.NopCloser(r.Stdin), ".", nil
}

// read reads tasks whose prompt files are relative to dir.
func (r Reader) read(path, dir string, in io.Reader) ([]worker.Task, error) {
	f := r.newFile(path, dir)
	if err := f.readFrom(path, in); err != nil {
		return nil, err
	}
	return f.tasks, nil
}

// decompressed is in without the compression of gzip and a byte order mark, and the name that it then has. before is how many
// bytes of the file stand before that text, negative for one that was compressed.
func decompressed(path string, in io.Reader) (buffered *bufio.Reader, name string, before int64, err error) {
	buffered = bufio.NewReaderSize(in, 64<<10)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, path, 0, &Error{File: path, Message: "it is compressed with gzip, and broken: " + err.Error()}
		}
		buffered, before = bufio.NewReaderSize(unpacked, 64<<10), -1
		if extension(path) == ".gz" {
			path = path[:len(path)-len(".gz")]
		}
	}
	if mark, _ := buffered.Peek(len(document.ByteOrderMark)); bytes.Equal(mark, document.ByteOrderMark) {
		_, _ = buffered.Discard(len(document.ByteOrderMark))
		if before == 0 {
			before = int64(len(document.ByteOrderMark))
		}
	}
	return buffered, path, before, nil
}

// newFile is a file before it is read.
func (r Reader) newFile(path, dir string) *taskFile {
	name := path
	if path == "-" {
		name = "stdin"
	}
	return &taskFile{Source: document.NewSource(name), Reader: r, dir: dir}
}

func (f *taskFile) readWith(read func(*taskFile) error) (err error) {
	if !f.partial {
		if f.template, err = f.rowTemplate(false); err != nil {
			return err
		}
	}
	switch err := read(f); {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum):
		f.Add(document.Place{}, "", "it is compressed with gzip, and broken: "+err.Error(), "")
		f.told = true
	case err != nil:
		return fmt.Errorf("read tasks: %w", err)
	}
	if len(f.tasks)+f.inspected() == 0 && f.Err() == nil {
		nothing := "there are no tasks in it"
		if f.empty {
			nothing += ": it is empty"
		}
		f.Add(document.Place{}, "", nothing, "orchestrate init writes an example")
	}
	if !f.partial {
		f.gather()
		f.check()
	}
	if err := f.Err(); err != nil {
		return err
	}
	f.tellWarnings()
	return nil
}

// readAny reads the format that the file's extension or, without a telling one, its content has. What it is instead of a
// task file is told.
func (f *taskFile) readAny(path string, in *bufio.Reader) error {
	start, err := in.Peek(in.Size())
	if len(start) == 0 && err != io.EOF {
		return err
	}
	f.empty = len(start) == 0
	f.JSON = isJSONLines(path, start)
	is := foreignBytes(path, start)
	if is == nil && extension(path) != ".toml" && isArray(start, f.JSON) {
		f.JSON = true
		return f.readArray(in)
	}
	if is == nil && f.JSON && isTaskMaster(start) {
		return f.readTaskMaster(in)
	}
	if f.Tag != "" {
		f.Add(document.Place{}, "", "--tag chooses among the lists of a tasks.json of Task Master, which this is not", "leave it out")
		return nil
	}
	if comma := separatorIn(path, start); is == nil && comma != 0 {
		return f.readTable(in, comma)
	}
	if is == nil && (f.JSON || extension(path) != ".toml") {
		is = foreignJSON(start)
	}
	if is == nil {
		is = foreignText(path, start)
	}
	switch {
	case is != nil:
		f.tell(document.Place{}, is)
		return nil
	case f.JSON && f.Store:
		return f.readJSONL(f.openStore(f.path, in))
	case f.JSON:
		return f.readJSONL(in)
	}
	return f.readTOML(in)
}

// isJSONLines tells the format: by extension, else by whether the content begins like JSON and not TOML.
func isJSONLines(path string, start []byte) bool {
	switch extension(path) {
	case ".toml":
		return false
	case ".jsonl", ".ndjson", ".json":
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("{"))
}
