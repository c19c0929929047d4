//go:build !unix

package command

import "os/exec"

func lead(*exec.Cmd) {}

// status is the exit status of a process.
func status(exit *exec.ExitError) int { return exit.ExitCode() }

// terminate ends c: there is no asking here.
func (c *child) terminate() { c.kill() }

// kill ends c. What it started goes on, without an endpoint.
func (c *child) kill() { _ = c.cmd.Process.Kill() }
