package command

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// child is a process that was started, with its own process group unless it shares a terminal.
type child struct {
	cmd   *exec.Cmd
	alone bool // it leads a group
	grace time.Duration
	ended chan error // of Wait, once
}

// start starts cmd. What it writes is read until it ends, and a moment longer: what it left running may keep the pipes.
func start(cmd *exec.Cmd, alone bool, grace time.Duration) (*child, error) {
	cmd.WaitDelay = time.Second
	if alone {
		lead(cmd)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the command: %w", err)
	}
	c := &child{cmd: cmd, alone: alone, grace: grace, ended: make(chan error, 1)}
	go func() { c.ended <- cmd.Wait() }()
	return c, nil
}

// wait waits for the end of c, and brings it about when ctx ends. When the budget has ended, which spent says, c may
// find out for itself for as long as its grace is. Nothing of its group is left.
func (c *child) wait(ctx context.Context, spent <-chan struct{}) error {
	defer c.kill()
	done := ctx.Done()
	var ask, kill <-chan time.Time
	for {
		select {
		case err := <-c.ended:
			if errors.Is(err, exec.ErrWaitDelay) { // it did end well
				err = nil
			}
			return err
		case <-done:
			done, spent, ask = nil, nil, nil
			c.terminate()
			kill = time.After(c.grace)
		case <-spent:
			spent = nil
			ask = time.After(c.grace)
		case <-ask:
			done, ask = nil, nil
			c.terminate()
			kill = time.After(c.grace)
		case <-kill:
			kill = nil
			c.kill()
		}
	}
}
