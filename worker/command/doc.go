// Package command does tasks with a command: a coding agent, a script, any program that calls models. The command runs as a
// child process that is told one address and one token. Whatever it and its own children ask of models goes there, and is
// reserved and settled against the task:
//
//	Worker.Work ─▶ workspace ─▶ home ─▶ Endpoint ─▶ child ─▶ judge
//	               worktree     files,  address     │  ▲     output, exit status,
//	               directory    variab- and token   │  │     what passed the meter
//	               none         les        ▲        │  │
//	                                       └─ calls ┘  └─ SIGTERM, later SIGKILL, to its process group:
//	                                                      cancelled, out of time, or out of budget
//
// The room knows no HTTP: an [Endpoint] is opened for it, by whoever has the chain and the provider's key. A child gets an
// environment that is made anew (see [Config.Pass]), so that no key of the parent's is in it, and directories of its own
// for what agents keep at home: it finds no login there, and leaves no trace.
//
// A child is no prisoner. It has its user's rights, and a process of it that begins a session of its own is not found
// again; but what it does without the endpoint, it does without a key of ours.
package command
