package view

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// live redraws a few lines on a terminal: tasks by state, workers, the budget as a bar. Lines worth
// keeping (log records, tasks that are not done) scroll away above it.
type live struct {
	w       io.Writer // what is written before and after the drawing
	program *tea.Program
	latest  atomic.Pointer[orchestrator.Progress]
	total   func() budget.Status // the budget now; events bring it only when a task begins or ends
	other   int                  // tasks that are not done, as far as they were shown
	pauses  pauses
	ended   chan struct{}

	mu      sync.Mutex
	drawing bool // what is written must go through the program
}

// Live draws on a terminal, of which it is the only writer, and writes the rest to w, which escapes what is not ours.
func Live(w, terminal io.Writer) Display {
	l := &live{w: w, ended: make(chan struct{})}
	options := []tea.ProgramOption{
		tea.WithOutput(terminal),
		tea.WithInput(nil),         // Ctrl-C stays a signal
		tea.WithoutSignalHandler(), // and it is the run's
		tea.WithFPS(15),
	}
	if os.Getenv("NO_COLOR") != "" { // the library lets CLICOLOR_FORCE win over it
		options = append(options, tea.WithEnvironment(withoutForcedColour(os.Environ())))
	}
	l.program = tea.NewProgram(&liveModel{live: l, width: 80}, options...)
	return l
}

func withoutForcedColour(env []string) []string {
	return slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "CLICOLOR_FORCE=") })
}

func (l *live) Begin(o project.Opening) {
	fmt.Fprint(l.w, openingText(o))
	l.total = o.Now
	go func() {
		defer close(l.ended)
		_, _ = l.program.Run() // without a display the run goes on
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drawing = true
}

func (l *live) End(c Closing) {
	l.mu.Lock()
	l.drawing = false
	l.mu.Unlock()
	l.program.Send(endOfRun{})
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
	l.program.Send(tea.Println(strings.TrimRight(string(escape.Bytes(b)), "\n"))())
	return len(b), nil
}

func (l *live) Event(e orchestrator.Event) {
	l.latest.Store(&e.Progress)
	switch {
	case e.Kind == orchestrator.Draining:
		fmt.Fprintln(l, "stopping: no more tasks are begun (interrupt again to abort)")
	case e.Kind == orchestrator.Finished && worthKeeping(e.Result.Outcome) && l.other < maxOther:
		l.other++
		fmt.Fprintf(l, "%-9s %s%s\n", e.Result.Outcome, e.Task, because(e.Result))
	case e.Pause != nil:
		if line := l.pauses.line(e); line != "" {
			fmt.Fprintln(l, line)
		}
	}
}

// refresh reads the budget anew, unless an event has just brought it.
func (l *live) refresh() {
	before := l.latest.Load()
	if before == nil || l.total == nil {
		return
	}
	now := *before
	now.Budget = l.total()
	l.latest.CompareAndSwap(before, &now)
}

// worthKeeping says of which tasks a line stays: those that are not done, but not those that the user
// stopped.
func worthKeeping(o orchestrator.Outcome) bool {
	return o != orchestrator.Done && o != orchestrator.Cancelled
}

// liveModel is what the library draws: nothing once the run has ended, for the summary says it all.
type liveModel struct {
	live  *live
	width int
	ticks int
	ended bool
}

type tick time.Time

const (
	tickEvery    = 100 * time.Millisecond
	refreshEvery = 500 * time.Millisecond // of the budget, whose lock the run needs, too
)

func nextTick() tea.Cmd {
	return tea.Tick(tickEvery, func(t time.Time) tea.Msg { return tick(t) })
}

// endOfRun clears the view; the quit comes after that has been drawn.
type endOfRun struct{}

func (m *liveModel) Init() tea.Cmd { return nextTick() }

func (m *liveModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tick:
		if m.ticks++; m.ticks%int(refreshEvery/tickEvery) == 0 {
			m.live.refresh()
		}
		return m, nextTick()
	case endOfRun:
		m.ended = true
		return m, tea.Quit
	case tea.WindowSizeMsg:
		m.width = msg.Width
	}
	return m, nil
}

func (m *liveModel) View() tea.View {
	p := m.live.latest.Load()
	if m.ended || p == nil {
		return tea.NewView("")
	}
	return tea.NewView(liveView(*p, time.Since(p.Started), m.width))
}
