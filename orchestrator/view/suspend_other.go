//go:build !unix

package view

import tea "charm.land/bubbletea/v2"

// onSuspend has nothing to do where processes are not stopped from a terminal.
func onSuspend(*tea.Program) (stop func()) { return func() {} }
