package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
)

// Verify checks the books, as of one moment, also during a run. Costs are recomputed where the prices of the configuration
// made them.
func (p *Project) Verify(ctx context.Context) (books.Verification, error) {
	store, err := p.openBooks(ctx)
	if err != nil {
		return books.Verification{}, err
	}
	defer store.Close()
	c := p.BudgetConfig(nil, slog.Default())
	return books.Verify(ctx, store, books.VerifyOptions{Family: c.Family, Prices: c.Prices, PriceVersion: c.PriceVersion})
}

// ExportOptions say where an export goes and what is in it.
type ExportOptions struct {
	Out     string    // "" and "-" are Stdout
	Stdout  io.Writer // stays open
	Force   bool      // let Out replace another export
	Outputs bool      // with what the models answered
}

// Export writes the whole history as JSON lines, as of one moment, also during a run.
func (p *Project) Export(ctx context.Context, o ExportOptions) (books.Exported, error) {
	store, err := p.openBooks(ctx)
	if err != nil {
		return books.Exported{}, err
	}
	defer store.Close()
	file, err := o.create(p.stateDir())
	if err != nil {
		return books.Exported{}, usage(err)
	}
	n, err := books.Export(ctx, store, &escape.Writer{W: file}, books.ExportOptions{Outputs: o.Outputs, Redact: withoutOutput})
	return n, errors.Join(err, file.Close())
}

// create opens the file of an export, or standard output. A regular file that exists is replaced only with force, and
// only if it is an export.
func (o ExportOptions) create(state string) (io.WriteCloser, error) {
	path := o.Out
	if path == "" || path == "-" {
		return unclosed{o.Stdout}, nil
	}
	if results.Within(path, state) {
		return nil, fmt.Errorf("%s is in %s, which holds the books and nothing else (name another --out)", path, StateDir)
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	info, err := os.Stat(path)
	there, regular := err == nil, err == nil && info.Mode().IsRegular()
	if regular && o.Force && !results.IsOwn(path, isExport) {
		return nil, fmt.Errorf("%s is not replaced, because it is no export (name another --out, or remove it yourself)", path)
	}
	if o.Force || (there && !regular) {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists and is not replaced (name another --out, or give --force)", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the file of the export: %w", err)
	}
	return file, nil
}

func isExport(_ orchestrator.Outcome, format string) bool { return format == books.ExportFormat }

// unclosed is a writer that somebody else closes.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// withoutOutput is a task's result without what the model answered.
func withoutOutput(data []byte) ([]byte, error) {
	result, err := orchestrator.DecodeResult(data)
	if err != nil {
		return nil, err
	}
	result = result.WithoutOutput()
	result.OutputFile = "" // of this machine
	return json.Marshal(result)
}

// Import enters the history in the named file, or in stdin for "-", into periods of its own. Simulated and real runs come
// into the same books only if they are mixed.
func (p *Project) Import(ctx context.Context, name string, stdin io.Reader, mixed bool) (n books.Imported, err error) {
	in := stdin
	if name != Stdin {
		file, err := os.Open(name)
		if err != nil {
			return n, usage(err)
		}
		defer file.Close()
		in = file
	}
	store, err := p.ownBooks(ctx, "history cannot be imported")
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	n, err = books.Import(ctx, store, in, books.ImportOptions{Admit: p.admission(mixed)})
	if err != nil {
		return n, fmt.Errorf("%s: %w; nothing was imported", name, err)
	}
	return n, nil
}

// admission says which runs may be imported. Where every provider is a simulator, as in a new project, the books take
// simulated runs without --sim too.
func (p *Project) admission(mixed bool) func(books.Run) error {
	if mixed {
		return nil
	}
	return func(r books.Run) error {
		switch practice := len(p.Config.Workers) > 0 && p.Simulated(); {
		case r.Simulated && !p.Sim && !practice:
			return fmt.Errorf("run %s was simulated, and these are the books of real runs: import it with --sim, or with --mixed all the same", r.ID)
		case !r.Simulated && p.Sim:
			return fmt.Errorf("run %s was real, and these are the simulator's books: leave --sim out, or import it with --mixed all the same", r.ID)
		}
		return nil
	}
}
