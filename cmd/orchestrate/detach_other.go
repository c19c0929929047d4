//go:build !unix

package main

import "syscall"

// ownSession has no meaning here: a process goes on without its console.
func ownSession() *syscall.SysProcAttr { return nil }
