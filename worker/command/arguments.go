package command

import (
	"slices"
	"strings"
)

// values are what placeholders stand for.
type values struct{ prompt, promptFile, baseURL, model, dir string }

// arguments puts values into a command, each argument in one pass: what a prompt says is no placeholder. A prompt that
// has no place is the last argument, unless it goes to standard input.
func arguments(command []string, how Prompt, v values) []string {
	place, last := "{prompt}", v.prompt
	if how == File {
		place, last = "{prompt_file}", v.promptFile
	}
	fill := strings.NewReplacer("{prompt}", v.prompt, "{prompt_file}", v.promptFile,
		"{base_url}", v.baseURL, "{model}", v.model, "{dir}", v.dir)
	filled := make([]string, 0, len(command)+1)
	for _, arg := range command {
		filled = append(filled, fill.Replace(arg))
	}
	hasPlace := slices.ContainsFunc(command, func(arg string) bool { return strings.Contains(arg, place) })
	if how != Stdin && !hasPlace {
		filled = append(filled, last)
	}
	return filled
}
