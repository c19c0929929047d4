package view

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// live redraws a frame of a run on a terminal, twice a second and from what stands then. Lines worth keeping (log records,
// tasks that are not done) scroll away above it.
type live struct {
	w       io.Writer // what is written before and after the drawing
	program *tea.Program
	other   int // tasks that are not done, as far as they were shown
	pauses  pauses
	ended   chan struct{}

	mu      sync.Mutex
	drawing bool // what is written must go through the program
	moment  func(context.Context) (Moment, error)
}

// Live draws on a terminal, of which it is the only writer, and writes the rest to w, which escapes what is not ours. Plain is
// without colours.
func Live(w, terminal io.Writer, plain bool) Display { return newLive(w, terminal, plain) }

func newLive(w, terminal io.Writer, plain bool) *live {
	l := &live{w: w, ended: make(chan struct{})}
	options := []tea.ProgramOption{
		tea.WithOutput(terminal),
		tea.WithInput(nil),         // Ctrl-C stays a signal
		tea.WithoutSignalHandler(), // and it is the run's
		tea.WithFPS(15),
	}
	if plain { // the library lets CLICOLOR_FORCE win over NO_COLOR
		options = append(options, tea.WithEnvironment(withoutForcedColour(os.Environ())))
	}
	l.program = tea.NewProgram(&liveModel{live: l, width: 80, height: 24, style: style{plain}}, options...)
	return l
}

func withoutForcedColour(env []string) []string {
	return slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "CLICOLOR_FORCE=") })
}

// Attach draws the moments of a run in another process on a terminal until there are no more, or ctx ends; the error is why.
func Attach(ctx context.Context, w, terminal io.Writer, plain bool, moment func(context.Context) (Moment, error)) error {
	l := newLive(w, terminal, plain)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.moment = func(ctx context.Context) (Moment, error) {
		m, err := moment(ctx)
		if err != nil && ctx.Err() == nil {
			cancel(err)
		}
		return m, err
	}
	l.start()
	<-ctx.Done()
	l.stop()
	return context.Cause(ctx)
}

func (l *live) Watch(o *Observer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moment = o.Moment
}

func (l *live) Begin(o project.Opening) {
	fmt.Fprint(l.w, openingText(o))
	l.start()
}

func (l *live) start() {
	resume := onSuspend(l.program)
	go func() {
		defer close(l.ended)
		defer resume()
		_, _ = l.program.Run() // without a display the run goes on
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drawing = true
}

func (l *live) stop() {
	l.mu.Lock()
	l.drawing = false
	l.mu.Unlock()
	l.program.Send(endOfRun{})
	<-l.ended
}

func (l *live) End(c Closing) {
	l.stop()
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

// look takes a moment, where there is one to take.
func (l *live) look() tea.Msg {
	l.mu.Lock()
	moment := l.moment
	l.mu.Unlock()
	if moment == nil {
		return seen{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), longLook)
	defer cancel()
	m, err := moment(ctx)
	return seen{m, err == nil}
}

// worthKeeping says of which tasks a line stays: those that are not done, but not those that the user
// stopped.
func worthKeeping(o orchestrator.Outcome) bool {
	return o != orchestrator.Done && o != orchestrator.Cancelled
}

// liveModel is what the library draws: nothing once the run has ended, for the summary says it all.
type liveModel struct {
	live          *live
	latest        *Moment
	width, height int
	style         style
	ended         bool
	hidden        bool // the process is about to stop
}

const (
	lookEvery = 500 * time.Millisecond
	longLook  = 10 * time.Second
)

// look asks to look, and seen is what was there.
type (
	look time.Time
	seen struct {
		moment Moment
		ok     bool
	}
)

// hide takes the frame off the terminal, show draws it anew. endOfRun clears the view; the quit comes after that has been drawn.
type (
	hide     struct{}
	show     struct{}
	endOfRun struct{}
)

func (m *liveModel) Init() tea.Cmd { return m.live.look }

func (m *liveModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case look:
		return m, m.live.look // beside the drawing: the run's loop may be busy
	case seen:
		if msg.ok {
			m.latest = &msg.moment
		}
		return m, tea.Tick(lookEvery, func(t time.Time) tea.Msg { return look(t) })
	case endOfRun:
		m.ended = true
		return m, tea.Quit
	case tea.WindowSizeMsg:
		smaller := m.latest != nil && (msg.Width < m.width || msg.Height < m.height)
		m.width, m.height = msg.Width, msg.Height
		if smaller { // lines that were longer have wrapped, and nobody knows how far up the frame begins now
			return m, tea.Sequence(tea.Raw("\x1b[2J\x1b[H"), tea.ClearScreen)
		}
		return m, tea.ClearScreen
	case hide:
		m.hidden = true
	case show:
		m.hidden = false
		return m, tea.ClearScreen // nobody knows what was written meanwhile
	}
	return m, nil
}

func (m *liveModel) View() tea.View {
	if m.hidden {
		v := tea.NewView("")
		v.Cursor = tea.NewCursor(0, 0) // whoever has the terminal next needs one
		return v
	}
	if m.ended || m.latest == nil {
		return tea.NewView("")
	}
	// A line is left for what the terminal shows below, and for the next one that scrolls.
	return tea.NewView(frame{*m.latest, time.Now(), m.width, max(1, m.height-1), m.style}.String())
}
