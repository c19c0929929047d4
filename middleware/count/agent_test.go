package count_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// agentTools are a name, what it does, and its parameters, each a name, a type and what it is.
var agentTools = []string{
	"read_file|Read a file from the workspace. Returns its lines with numbers. Long files are cut at 2000 lines, give offset and limit to read on.|path:string:Path of the file, relative to the root of the workspace|offset:integer:The first line to read, beginning at 1|limit:integer:How many lines to read at most",
	"write_file|Write a file, replacing what was there. The directory is made if it does not exist. Prefer edit_file for small changes to files that exist.|path:string:Path of the file, relative to the root of the workspace|content:string:The whole new content|mode:string:Permissions in octal, such as 0644",
	"edit_file|Replace one piece of text in a file by another. The old text must occur exactly once unless replace_all is given.|path:string:Path of the file|old_text:string:The text to replace, with enough around it to be unique|new_text:string:The text to put there|replace_all:boolean:Replace every occurrence",
	"list_directory|List the entries of a directory with sizes and dates, directories first.|path:string:The directory|depth:integer:How many levels to go down, 1 if absent|hidden:boolean:Also list names that begin with a dot",
	"search_text|Search the files of the workspace for a regular expression and return the matching lines with their places.|pattern:string:A regular expression in RE2 syntax|include:string:Only files whose names match this glob|context:integer:Lines to show around each match|max_results:integer:Stop after so many matches",
	"find_files|Find files by a glob pattern, the most recently changed first.|pattern:string:A glob such as **/*.go|path:string:The directory to search in",
	"run_command|Run a shell command in the workspace and return its output and exit code. Commands that need input will hang and be stopped.|command:string:The command line|timeout_seconds:integer:Stop it after so long, at most 600|background:boolean:Return at once and let it run",
	"stop_command|Stop a command that runs in the background.|id:string:The identifier that run_command returned|signal:string:The signal to send, TERM if absent",
	"git_status|Show which files are changed, staged and untracked.|path:string:Only below this directory",
	"git_diff|Show the differences between two revisions, or of the working tree.|from:string:The older revision|to:string:The newer revision, the working tree if absent|path:string:Only this file or directory|stat:boolean:Only the number of changed lines",
	"git_commit|Record the staged changes. The message's first line is imperative and at most 72 characters long.|message:string:The commit message|amend:boolean:Replace the last commit|sign_off:boolean:Add a line that signs the work off",
	"git_log|Show the history of commits, the newest first.|revision:string:Where to begin|path:string:Only commits that touched this path|limit:integer:At most so many commits|author:string:Only commits by this author",
	"run_tests|Run the tests of a package and return which failed, with their output.|package:string:Import path or pattern|run:string:Only tests whose names match this regular expression|race:boolean:With the race detector|count:integer:Run each test so many times",
	"fetch_url|Fetch a page and return its text as Markdown. Redirects to another host are returned, not followed.|url:string:The address, with its scheme|max_bytes:integer:Cut the answer after so many bytes|raw:boolean:Return the page as it is",
	"web_search|Search the web and return titles, addresses and excerpts.|query:string:What to search for|results:integer:How many results, at most 20|domain:string:Only pages of this domain",
	"query_database|Run a read-only SQL query on the project's database and return the rows as JSON.|query:string:One SELECT statement|parameters:array:Values for the placeholders, in order|max_rows:integer:Stop after so many rows",
	"create_ticket|Create a ticket in the tracker.|title:string:One line that says what is wrong|body:string:What was expected, what happened, and how to see it|priority:string:low, normal or high|labels:array:Labels to attach",
	"send_message|Send a message to a channel of the team's chat. Use it only when asked to.|channel:string:Name of the channel without the sign before it|text:string:The message in Markdown|thread:string:The thread to answer in",
	"remember|Keep a fact for later conversations. Facts are short, and true beyond this task.|key:string:A few words to find it by|fact:string:The fact in one sentence|expires:string:The date after which it is no longer true",
	"ask_user|Ask the user a question and wait for the answer. Ask only what cannot be found out.|question:string:The question|choices:array:Answers to choose from|default:string:What to assume if there is no answer",
}

func agentTool(line string) wire.Tool {
	fields := strings.Split(line, "|")
	properties, required := map[string]any{}, []string{}
	for i, p := range fields[2:] {
		part := strings.SplitN(p, ":", 3)
		property := map[string]any{"type": part[1], "description": part[2]}
		if part[1] == "array" {
			property["items"] = map[string]string{"type": "string"}
		}
		properties[part[0]] = property
		if i == 0 {
			required = append(required, part[0])
		}
	}
	schema, err := json.Marshal(map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	})
	if err != nil {
		panic(err)
	}
	return wire.Tool{Name: fields[0], Description: fields[1], Schema: schema}
}

// agentRequest is what an agent sends in the middle of its work: 20 tools and 30 messages, 40 KB as JSON. It
// has read files of this repository.
func agentRequest(tb testing.TB, model string) *wire.Request {
	tb.Helper()
	files, err := filepath.Glob("../../budget/*.go")
	if err != nil || len(files) < 20 {
		tb.Fatalf("found %v, %v", files, err)
	}
	r := &wire.Request{Model: model, MaxOutput: 4096, Messages: []wire.Message{wire.Text(wire.System, strings.Repeat(
		"You are a careful engineer who works in a repository with the tools below.\nRead before you write, run the tests after each change, and say plainly what did not work.\n", 4)), wire.Text(wire.User, "Find out where a hold that was never settled is resolved when the books are opened again, and add a test for a crash between the two writes.")}}
	for _, line := range agentTools {
		r.Tools = append(r.Tools, agentTool(line))
	}
	for i := 0; len(r.Messages) < 30; i++ {
		text, err := os.ReadFile(files[i])
		if err != nil {
			tb.Fatal(err)
		}
		id := fmt.Sprintf("call_%08x%016x", i*7919, i*104729)
		r.Messages = append(r.Messages,
			wire.Message{Role: wire.Assistant, Parts: []wire.Part{wire.TextPart(fmt.Sprintf("Next I look at how %s treats it.", filepath.Base(files[i]))), wire.CallPart(wire.ToolCall{ID: id, Name: "read_file", Arguments: fmt.Sprintf(`{"path":%q,"offset":1,"limit":%d}`, files[i], 60+i)})}},
			wire.ToolResult(id, strings.ToValidUTF8(string(text[:min(len(text), 1700)]), "")))
	}
	return r
}

func TestTheAgentRequestIsWhatItSays(t *testing.T) {
	r := agentRequest(t, "gpt-4o")
	body, err := openai.Format.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Tools) != 20 || len(r.Messages) != 30 || len(body) < 38<<10 || len(body) > 42<<10 {
		t.Errorf("%d tools, %d messages, %d bytes", len(r.Tools), len(r.Messages), len(body))
	}
}
