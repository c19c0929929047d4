package provider

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Keys has a key that expires. It is safe for concurrent use.
type Keys interface {
	// Key returns the key to send. refused is one that the provider has just refused with a 401, "" for none: it is asked for
	// another, and may return the same where there is none.
	Key(ctx context.Context, refused string) (string, error)
}

// keyPatience bounds a run of a command that says a key. Some open a browser, which is not for a night.
const keyPatience = 30 * time.Second

// KeyCommand is a key that a command says on its standard output, as gcloud auth print-access-token does. It is run for the
// first call, and again when the provider refuses what it said; calls meanwhile wait for it. It inherits the environment.
type KeyCommand struct {
	line []string
	turn chan struct{} // whoever has it may run the command, and see the key
	key  string
}

// NewKeyCommand is for a program and its arguments. It panics without a program.
func NewKeyCommand(program string, arguments ...string) *KeyCommand {
	if program == "" {
		panic("provider: no program says the key")
	}
	return &KeyCommand{line: append([]string{program}, arguments...), turn: make(chan struct{}, 1)}
}

// Key runs the command where that is needed.
func (k *KeyCommand) Key(ctx context.Context, refused string) (string, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if k.key != "" && k.key != refused { // another call had it renewed
		return k.key, nil
	}
	said, err := k.run(ctx)
	if err != nil {
		return "", fmt.Errorf("the command %s, which should say the key: %w", k.line[0], err)
	}
	k.key = said
	return said, nil
}

func (k *KeyCommand) run(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	var out, complaint bounded
	c := exec.CommandContext(ctx, k.line[0], k.line[1:]...) //nolint:gosec // the configuration's
	c.Stdout, c.Stderr, c.WaitDelay = &out, &complaint, time.Second
	err := c.Run()
	key := out.text()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", fmt.Errorf("it took longer than %v", keyPatience)
	case err != nil:
		line, _, _ := strings.Cut(complaint.text(), "\n")
		return "", fmt.Errorf("%w: %.200s", err, line)
	case key == "":
		return "", errors.New("it said nothing")
	}
	return key, wrongKey(key)
}

// wrongKey is why no provider takes a key.
func wrongKey(key string) error {
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the key holds a space, a line break or another character that no key has")
	}
	return nil
}

// bounded keeps the first 64 KiB that are written to it.
type bounded struct{ buf []byte }

func (b *bounded) Write(p []byte) (int, error) {
	const most = 64 << 10
	b.buf = append(b.buf, p[:min(len(p), most-len(b.buf))]...)
	return len(p), nil
}

func (b *bounded) text() string { return strings.TrimSpace(string(b.buf)) }
