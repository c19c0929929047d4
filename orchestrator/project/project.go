package project

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// StateDir is where a project's books are, beside its configuration.
const StateDir = ".orchestrate"

// Project is a configuration and the place where it was found. It has nothing open.
type Project struct {
	Config *config.Config
	Path   string // of the configuration

	// Sim simulates every provider; the books are apart, so that made-up work never touches real ones.
	Sim bool

	// Template makes tasks of rows of data, before that of Config.
	Template tasks.Template

	// Tag chooses the tasks of a tasks.json of Task Master that has several lists; "" is the current one.
	Tag string

	// Quick is the model of a project without a configuration, see [Quick], or that its tasks are asked with; "" is none.
	Quick string

	// Limit is of each run, beside those of Config.
	Limit budget.Limit

	// Warn is told what the user may want to mend. It may be nil.
	Warn func(message string)
}

// Open reads and checks the configuration at path.
func Open(path string, warn func(message string)) (*Project, error) {
	return OpenFiles(config.Files{Project: path}, warn)
}

// OpenFiles is [Open] with what the user configures for all projects, too.
func OpenFiles(files config.Files, warn func(message string)) (*Project, error) {
	path := files.Project
	c, warnings, err := files.Load()
	if err != nil {
		return nil, usage(err)
	}
	p := &Project{Config: c, Path: path, Warn: warn}
	for _, w := range warnings {
		p.warn(w.String())
	}
	for _, open := range p.openToOthers() {
		p.warn("others can write to " + open + ", and so change what was spent: chmod go-w " + QuoteArg(open))
	}
	return p, nil
}

// Find opens the nearest configuration: that of a task file ("" for none), or of the working directory. user is the file
// for all projects, or "".
func Find(taskFile, user string, warn func(message string)) (*Project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, usage(err)
	}
	path, err := config.Find(taskFile, dir)
	if err != nil {
		return nil, usage(err)
	}
	return OpenFiles(config.Files{Project: path, User: user}, warn)
}

// files are those that the project is configured by.
func (p *Project) files() config.Files { return config.Files{Project: p.Path, User: p.Config.User} }

func (p *Project) warn(message string) {
	if p.Warn != nil {
		p.Warn(message)
	}
}

// load reads a task file, "-" for stdin, and checks it against the configuration: also the tasks in again, which the file
// calls done and a run that is gone on with has done. Prompts stay in the file.
func (p *Project) load(path string, stdin io.Reader, again map[string]bool) ([]worker.Task, error) {
	reader := p.reader(stdin, again)
	reader.Store = true
	list, err := reader.Load(path)
	if err == nil {
		err = p.CheckModels(list)
	}
	return list, usage(err)
}

// TaskIDs are the ids of a task file, in its order.
func (p *Project) TaskIDs(path string) ([]string, error) {
	list, err := p.load(path, nil, nil)
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids, err
}

// Validate finds the mistakes in a task file that a run would refuse, and returns how many tasks it has. It keeps none of them.
func (p *Project) Validate(path string, stdin io.Reader) (int, error) {
	found, err := p.reader(stdin, nil).Inspect(path)
	if err == nil {
		err = p.CheckModels(found.Kinds)
	}
	return found.Tasks, usage(err)
}

func (p *Project) reader(stdin io.Reader, again map[string]bool) tasks.Reader {
	return tasks.Reader{
		Tag: p.Tag, Again: again, Simulated: p.Sim,
		Stdin: stdin, ParseBody: wire.Format.Parse, Config: p.Config, Template: p.Template,
		Warn: func(w tasks.Warning) { p.warn(w.String()) },
	}
}

// check checks tasks that came from no file.
func (p *Project) check(list []worker.Task) error {
	if err := tasks.Check(list, p.Config); err != nil {
		return usage(err)
	}
	return p.CheckModels(list)
}

// CheckModels refuses models that no limit on cost can hold, and warns of limits and prices that none of the workers and
// tasks meets.
func (p *Project) CheckModels(list []worker.Task) error {
	if !p.Sim {
		if err := tasks.CheckFormats(list, p.Config); err != nil {
			return usage(err)
		}
	}
	warnings, err := tasks.CheckModels(list, p.Config)
	for _, w := range warnings {
		p.warn(p.Path + ": " + w)
	}
	return usage(err)
}

// LedgerPath is where the books are.
func (p *Project) LedgerPath() string {
	name := "ledger.db"
	if p.Sim {
		name = "sim.db"
	}
	return filepath.Join(p.stateDir(), name)
}

func (p *Project) stateDir() string { return filepath.Join(filepath.Dir(p.Path), StateDir) }

// openToOthers are the directory and the files of the books that not only their owner may write.
func (p *Project) openToOthers() (paths []string) {
	if runtime.GOOS == "windows" { // where modes do not say who may write
		return nil
	}
	dir := p.stateDir()
	for _, path := range []string{dir, filepath.Join(dir, "ledger.db"), filepath.Join(dir, "sim.db"), p.TokensPath()} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o022 != 0 {
			paths = append(paths, path)
		}
	}
	return paths
}

// Simulated reports whether every worker's provider is a simulator.
func (p *Project) Simulated() bool {
	for _, w := range p.Config.Workers {
		if p.Config.ProviderOf(w).Kind != config.KindSim && !p.Sim {
			return false
		}
	}
	return true
}

// Logger writes records to w as the configuration says; with asJSON as objects in any case.
func (p *Project) Logger(w io.Writer, asJSON bool) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.Config.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if asJSON || p.Config.Log.Format == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
