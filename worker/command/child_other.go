//go:build !unix

package command

import "os/exec"

func lead(*exec.Cmd) {}

// terminate ends c: there is no asking here.
func (c *child) terminate() { c.kill() }

// kill ends c. What it started goes on, without an endpoint.
func (c *child) kill() { _ = c.cmd.Process.Kill() }
