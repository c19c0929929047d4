// Package tasks is task files: reading them in TOML, JSON and the forms of providers' batches, making tasks of rows of data
// and of the plans of Task Master, checking the tasks together, and the templates in their prompts. What is no task file is told by its kind, with what makes one of it.
//
//	list, err := tasks.Reader{Config: c}.Load("tasks.toml")
//
// Whoever makes tasks in code calls [Check] before a run; [Expand] puts the outputs of earlier tasks into a prompt.
package tasks
