//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// lead makes the process of cmd the leader of a process group.
func lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate asks c to end.
func (c *child) terminate() { c.signal(syscall.SIGTERM) }

// kill ends c, and whatever it has left in its group.
func (c *child) kill() { c.signal(syscall.SIGKILL) }

// status is the exit status of a process as a shell says it.
func status(exit *exec.ExitError) int {
	if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return exit.ExitCode()
}

// signal reaches the group of c, or c alone where it has none of its own.
func (c *child) signal(s syscall.Signal) {
	if c.alone {
		_ = syscall.Kill(-c.cmd.Process.Pid, s)
		return
	}
	_ = c.cmd.Process.Signal(s)
}
