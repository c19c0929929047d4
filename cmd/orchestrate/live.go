package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/bubbles/v2/progress"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// live redraws a few lines on a terminal: tasks by state, workers, the budget as a bar. Lines worth
// keeping (log records, tasks that are not done) scroll away above it.
type live struct {
	w       io.Writer
	program *tea.Program
	latest  atomic.Pointer[orchestrator.Event]
	ended   chan struct{}

	mu      sync.Mutex
	drawing bool // what is written must go through the program
}

func newLive(w io.Writer) *live {
	l := &live{w: w, ended: make(chan struct{})}
	options := []tea.ProgramOption{
		tea.WithOutput(w),
		tea.WithInput(nil),         // Ctrl-C stays a signal
		tea.WithoutSignalHandler(), // and it is the run's
		tea.WithFPS(15),
	}
	if os.Getenv("NO_COLOR") != "" { // the library lets CLICOLOR_FORCE win over it
		options = append(options, tea.WithEnvironment(withoutForcedColour(os.Environ())))
	}
	l.program = tea.NewProgram(&liveModel{live: l, bar: progress.New(progress.WithWidth(40), progress.WithoutPercentage()), width: 80}, options...)
	return l
}

func withoutForcedColour(env []string) []string {
	return slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "CLICOLOR_FORCE=") })
}

func (l *live) Begin(o opening) {
	fmt.Fprint(l.w, o.text())
	go func() {
		defer close(l.ended)
		_, _ = l.program.Run() // without a display the run goes on
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drawing = true
}

func (l *live) End(c closing) {
	l.mu.Lock()
	l.drawing = false
	l.mu.Unlock()
	l.program.Quit()
	<-l.ended
	fmt.Fprint(l.w, c.text())
}

// Write scrolls b away above the lines that are redrawn, if there are any yet.
func (l *live) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.drawing {
		return l.w.Write(b)
	}
	// Not program.Println: that blocks for ever once the program has ended.
	l.program.Send(tea.Println(strings.TrimRight(string(b), "\n"))())
	return len(b), nil
}

func (l *live) Event(e orchestrator.Event) {
	l.latest.Store(&e)
	switch {
	case e.Kind == orchestrator.Draining:
		fmt.Fprintln(l, "stopping: no more tasks are begun (interrupt again to abort)")
	case e.Kind == orchestrator.Finished && e.Result.Outcome == orchestrator.Failed:
		fmt.Fprintf(l, "failed %s%s\n", e.Task, because(e.Result))
	}
}

// liveModel is what the library draws.
type liveModel struct {
	live  *live
	bar   progress.Model
	width int
}

type tick time.Time

func nextTick() tea.Cmd {
	return tea.Tick(100*time.Millisecond, func(t time.Time) tea.Msg { return tick(t) })
}

func (m *liveModel) Init() tea.Cmd { return nextTick() }

func (m *liveModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tick:
		return m, nextTick()
	case tea.WindowSizeMsg:
		m.width = msg.Width
		m.bar.SetWidth(min(40, max(10, m.width/3)))
	}
	return m, nil
}

func (m *liveModel) View() tea.View {
	e := m.live.latest.Load()
	if e == nil {
		return tea.NewView("starting\n")
	}
	lines := []string{tasksLine(e.Progress), workersLine(e.Progress), m.budgetLine(e.Progress)}
	clip := lipgloss.NewStyle().MaxWidth(m.width)
	return tea.NewView(clip.Render(strings.Join(lines, "\n")))
}

// tasksLine is the tasks by state, with the time left as far as it can be told.
func tasksLine(p orchestrator.Progress) string {
	parts := []string{fmt.Sprintf("%d running", p.Running), fmt.Sprintf("%d waiting", p.Waiting)}
	for _, o := range orchestrator.Outcomes {
		if n := p.Counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	elapsed := time.Since(p.Started)
	text := fmt.Sprintf("tasks    %s  of %d   %v", strings.Join(parts, "  "), p.Total, elapsed.Round(time.Second))
	if left, ok := timeLeft(p, elapsed); ok {
		text += fmt.Sprintf(", about %v left", left.Round(time.Second))
	}
	return text
}

// timeLeft goes by the pace so far, and needs some of it.
func timeLeft(p orchestrator.Progress, elapsed time.Duration) (time.Duration, bool) {
	ended := 0
	for _, n := range p.Counts {
		ended += n
	}
	if ended < 3 {
		return 0, false
	}
	return elapsed / time.Duration(ended) * time.Duration(p.Running+p.Waiting), true
}

func workersLine(p orchestrator.Progress) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p.Workers)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, p.Workers[name]))
	}
	return "workers  " + strings.Join(parts, "  ")
}

func (m *liveModel) budgetLine(p orchestrator.Progress) string {
	text := budgetText(p.Budget)
	if p.Budget.Limit.Tokens == nil || *p.Budget.Limit.Tokens <= 0 {
		return "budget   " + text
	}
	spent := float64(p.Budget.Settled.Tokens+p.Budget.Held.Tokens) / float64(*p.Budget.Limit.Tokens)
	return "budget   " + m.bar.ViewAs(min(1, max(0, spent))) + "  " + text
}
