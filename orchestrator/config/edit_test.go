package config

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

func TestEditBudget(t *testing.T) {
	for _, tt := range []struct{ name, doc, pairs, want string }{
		{
			"replaces values where they stand",
			"# Ours.\n[budget] # spend\n  total_budget_limit=\"1M\"   # agreed\nperiod = 'day'\n\n[log]\n",
			"total_budget_limit=2M period=week",
			"# Ours.\n[budget] # spend\n  total_budget_limit=\"2M\"   # agreed\nperiod = \"week\"\n\n[log]\n",
		},
		{
			"adds after the last key, indented like it",
			"[budget]\n  total_budget_limit = 5 # five\n\n# Logging.\n[log]\n",
			"max_tokens_per_task=50k total_cost_limit=unlimited",
			"[budget]\n  total_budget_limit = 5 # five\n  max_tokens_per_task = \"50k\"\n\n# Logging.\n[log]\n",
		},
		{"adds below a header without keys", "[budget]\n\n[log]", "total_budget_limit=5", "[budget]\ntotal_budget_limit = 5\n\n[log]"},
		{"adds without a newline at the end", "[budget]\nperiod = \"run\"", "total_budget_limit=007", "[budget]\nperiod = \"run\"\ntotal_budget_limit = \"007\""},
		{"adds the table", "[log]\nlevel = \"info\"\n", "total_budget_limit=5 on_full=refuse", "[log]\nlevel = \"info\"\n\n[budget]\ntotal_budget_limit = 5\non_full = \"refuse\"\n"},
		{"adds the table without a newline at the end", "[log]", "total_budget_limit=5", "[log]\n\n[budget]\ntotal_budget_limit = 5\n"},
		{"adds the table to nothing", "", "total_budget_limit=5", "[budget]\ntotal_budget_limit = 5\n"},
		{"adds the table after one of its own tables", "[budget.models.m]\nmax_tokens = 5\n", "total_budget_limit=5", "[budget.models.m]\nmax_tokens = 5\n\n[budget]\ntotal_budget_limit = 5\n"},
		{"keeps windows lines", "[budget]\r\nperiod = \"run\"\r\n[log]\r\n", "total_budget_limit=5 period=day", "[budget]\r\nperiod = \"day\"\r\ntotal_budget_limit = 5\r\n[log]\r\n"},
		{"adds the table with windows lines", "[log]\r\n", "total_budget_limit=5", "[log]\r\n\r\n[budget]\r\ntotal_budget_limit = 5\r\n"},
		{"keeps a byte order mark", "\ufeffbudget.period = \"run\"", "period=day total_budget_limit=5", "\ufeffbudget.period = \"day\"\nbudget.total_budget_limit = 5"},
		{"takes out a line", "[budget]\nperiod = \"day\"\n\ttotal_budget_limit = 5 \n# end\n", "total_budget_limit=none", "[budget]\nperiod = \"day\"\n# end\n"},
		{"takes out a windows line", "[budget]\r\ntotal_budget_limit = 5\r\n# end", "total_budget_limit=none", "[budget]\r\n# end"},
		{"adds a model's table", "[budget]\nperiod = \"run\"\n", "models.gpt-4.1.max_tokens=2M", "[budget]\nperiod = \"run\"\n\n[budget.models.\"gpt-4.1\"]\nmax_tokens = \"2M\"\n"},
		{"takes out a model's last limit", "[budget.models.m]\nmax_tokens = 5\n[log]\n", "models.m.max_tokens=none", "[log]\n"},
		{"changes a model's limit", "[budget.models.m]\nmax_tokens = 5 # few\n[log]\n", "models.m.max_tokens=6", "[budget.models.m]\nmax_tokens = 6 # few\n[log]\n"},
		{"adds to a label's limits", "[budget.labels.a]\nmax_tokens = 5\n[log]\n[prices.m]\ninput = \"1\"\noutput = \"1\"\n", "labels.a.max_cost=2.50", "[budget.labels.a]\nmax_tokens = 5\nmax_cost = \"2.50\"\n[log]\n[prices.m]\ninput = \"1\"\noutput = \"1\"\n"},
		{"a dotted key of a label", "[budget]\nlabels.a.max_tokens = 5\n", "labels.a.max_tokens=7", "[budget]\nlabels.a.max_tokens = 7\n"},
		{"a model in an inline table", "[budget.models]\nm = { max_tokens = 5 }\n", "models.m.max_tokens=7", "[budget.models]\nm = { max_tokens = 7 }\n"},
		{"takes out the last line", "[budget]\ntotal_budget_limit = 5", "total_budget_limit=Unlimited", "[budget]\n"},
		{"takes out the first line after a mark", "\ufeffbudget.max_tokens_per_task = 5\n", "max_tokens_per_task=none", "\ufeff"},
		{"keeps the comment of what it takes out", "[budget]\n  total_budget_limit = 5 # agreed in May\n", "total_budget_limit=none", "[budget]\n  # agreed in May\n"},
		{"takes out nothing", "[budget] # empty\n", "total_budget_limit=none", "[budget] # empty\n"},
		{"dotted keys", "budget.period = \"run\"\nlog.level = \"warn\"\n[retry]\n", "total_budget_limit=5 period=day", "budget.period = \"day\"\nbudget.total_budget_limit = 5\nlog.level = \"warn\"\n[retry]\n"},
		{"a value in an inline table", "budget = { period = \"run\" } # one\n", "period=day", "budget = { period = \"day\" } # one\n"},
		{"a value of several lines", "[budget]\ntime_zone = \"\"\"\nEurope/Berlin\"\"\"\nperiod = \"day\"\n", "time_zone=UTC", "[budget]\ntime_zone = \"UTC\"\nperiod = \"day\"\n"},
		{"is not misled by text", "[[workers]]\nname = \"a\"\nmodel = \"m\"\nprovider = \"sim\"\nsystem = '''\n[budget]\nperiod = \"run\"\n'''\n[providers.sim]\n", "period=day", "[[workers]]\nname = \"a\"\nmodel = \"m\"\nprovider = \"sim\"\nsystem = '''\n[budget]\nperiod = \"run\"\n'''\n[providers.sim]\n\n[budget]\nperiod = \"day\"\n"},
		{"puts right what was wrong", "[budget]\ntotal_budget_limit = \"lots\"\n", "total_budget_limit=2M", "[budget]\ntotal_budget_limit = \"2M\"\n"},
		{"percent and dollars", "[prices.m]\ninput = \"1\"\noutput = \"1\"\n[budget]\n", "budget_warning_threshold=75% total_cost_limit=$2.50", "[prices.m]\ninput = \"1\"\noutput = \"1\"\n[budget]\nbudget_warning_threshold = \"75%\"\ntotal_cost_limit = \"$2.50\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := Files{Project: "x.toml"}.edited([]byte(tt.doc), strings.Fields(tt.pairs))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditBudgetRefuses(t *testing.T) {
	const doc = "[budget]\ntotal_budget_limit = 5\n"
	for _, tt := range []struct{ doc, pairs, want string }{
		{doc, "total_budget_limt=5", "total_budget_limt: unknown key of [budget] (did you mean total_budget_limit?)"},
		{doc, "Period=day", "Period: unknown key of [budget] (did you mean period?)"},
		{doc, "period", `"period" is not KEY=VALUE (total_budget_limit=2M, say)`},
		{doc, "period=", `"period=" is not KEY=VALUE (total_budget_limit=2M, say)`},
		{doc, "models.m=5", "models.m: of models, models.NAME.max_tokens and models.NAME.max_cost can be set"},
		{doc, "labels.c.total=5", "labels.c.total: of labels, labels.NAME.max_tokens and labels.NAME.max_cost can be set"},
		{doc, "labels..max_tokens=5", "labels..max_tokens: of labels, labels.NAME.max_tokens and labels.NAME.max_cost can be set"},
		{"[budget.models]\nm = { max_tokens = 5 }\n", "models.m.max_tokens=none", "x.toml: [budget.models.m] is an inline table, which cannot be edited line by line: write it as a table, one key a line"},
		{doc, "period=day period=week", "period is set twice"},
		{doc, "period=none", `x.toml:3:1: budget.period: expected "manual", "run", "day", "week" or "month", got "none"`},
		{doc, "total_budget_limit=-5", `x.toml:2:1: budget.total_budget_limit: expected a number of tokens, got "-5" (leave the key out for no limit)`},
		{doc, `period="day"`, `x.toml:3:1: budget.period: expected "manual", "run", "day", "week" or "month", got "\"day\"" (did you mean "day"?)`},
		{doc, "period=a\x00b", "period: the value contains control characters"},
		{doc, "total_cost_limit=5", `x.toml:3:1: budget.total_cost_limit: can never be enforced: no model has a price (add [prices."MODEL"] with input and output)`},
		{doc + "perod = 1\n", "period=day", "x.toml:3:1: budget.perod: unknown key (did you mean period?)"},
		{"[budget\n", "period=day", "x.toml:1:8: expected '.' or ']' to end table name, but got '\\n' instead"},
		{"budget = {}", "period=day", "x.toml: [budget] is an inline table, which cannot be edited line by line: write it as a table, one key a line"},
		{"budget = { total_budget_limit = 5 }", "total_budget_limit=none", "x.toml: [budget] is an inline table, which cannot be edited line by line: write it as a table, one key a line"},
		{"[[budget]]\n", "period=day", "x.toml:1:1: budget: expected a table, got an array (write [budget])"},
	} {
		got, changes, err := Files{Project: "x.toml"}.edited([]byte(tt.doc), strings.Fields(tt.pairs))
		if err == nil || err.Error() != tt.want || got != nil || changes != nil {
			t.Errorf("%s in %q: %v\nwant %s", tt.pairs, tt.doc, err, tt.want)
		}
	}
}

func TestSetBudget(t *testing.T) {
	dir := t.TempDir()
	path := filetest.Write(t, dir, "real.toml", "[budget]\ntotal_budget_limit = 5 # five\nperiod = 'day'\n")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, FileName)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	changes, err := SetBudget(link, []string{"total_budget_limit = 2M", "period=unlimited2"})
	if err == nil || changes != nil {
		t.Fatalf("%v, %v", changes, err)
	}
	changes, err = SetBudget(link, []string{"total_budget_limit = 2M", "max_tokens_per_task=50k", "max_tokens_per_worker=none"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{{"total_budget_limit", "5", `"2M"`}, {"max_tokens_per_task", "", `"50k"`}, {"max_tokens_per_worker", "", ""}}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "[budget]\ntotal_budget_limit = \"2M\" # five\nperiod = 'day'\nmax_tokens_per_task = \"50k\"\n" {
		t.Errorf("%s, %v", got, err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v, %v", info, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestSetBudgetWithoutFile(t *testing.T) {
	if _, err := SetBudget(filepath.Join(t.TempDir(), FileName), []string{"period=day"}); err == nil {
		t.Error("no error")
	}
}

// linesOf parts a document into the lines that set key and the rest.
func linesOf(doc, key string) (of, rest []string) {
	for _, line := range strings.SplitAfter(doc, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), key+" = ") {
			of = append(of, line)
		} else if line != "" {
			rest = append(rest, line)
		}
	}
	return of, rest
}

// drawConfig makes a configuration with comments and blank lines everywhere, and perhaps some of keys.
func drawConfig(t *rapid.T, keys map[string]string) string {
	newline := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "newline")
	noise := rapid.SampledFrom([]string{"", "   ", "# [budget]", "\t# period = \"month\"", "# \u00fcn\u00ef \"quoted\""})
	comment := rapid.SampledFrom([]string{"", " # why", "\t#"})
	var lines []string
	add := func(line string) {
		lines = append(lines, rapid.SliceOfN(noise, 0, 3).Draw(t, "noise")...)
		lines = append(lines, line+comment.Draw(t, "comment"))
	}
	add("[log]")
	add(`level = "warn"`)
	if rapid.Bool().Draw(t, "has [budget]") {
		add("[budget]")
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if rapid.Bool().Draw(t, "has "+key) {
				add(rapid.SampledFrom([]string{"", "  "}).Draw(t, "indent") + key + " = " + keys[key])
			}
		}
	}
	if rapid.Bool().Draw(t, "has another table") {
		add("[retry]")
		add("attempts = 2")
	}
	return strings.Join(lines, newline) + rapid.SampledFrom([]string{"", newline}).Draw(t, "end")
}

// Whatever stands around the key that is set is there afterwards, byte for byte.
func TestEditBudgetKeepsEverythingElse(t *testing.T) {
	old := map[string]string{"total_budget_limit": `"1M"`, "max_tokens_per_task": "7", "period": "'day'"}
	rapid.Check(t, func(t *rapid.T) {
		doc := drawConfig(t, old)
		key := rapid.SampledFrom(slices.Sorted(maps.Keys(old))).Draw(t, "key")
		value := map[string]string{"total_budget_limit": "2M", "max_tokens_per_task": "9k", "period": "week"}[key]
		edited, _, err := Files{Project: "x"}.edited([]byte(doc), []string{key + "=" + value})
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		oldLines, before := linesOf(doc, key)
		newLines, after := linesOf(string(edited), key)
		if len(oldLines) == 1 {
			oldLines[0] = strings.Replace(oldLines[0], old[key], strconv.Quote(value), 1)
			if !slices.Equal(oldLines, newLines) || !slices.Equal(before, after) {
				t.Fatalf("%q became %q", doc, edited)
			}
			return
		}
		// A line was added, perhaps below a new header or to a last line without an end.
		rest, ok := strings.CutPrefix(strings.Join(after, ""), strings.Join(before, ""))
		added := strings.TrimSpace(rest) == "" || strings.TrimSpace(rest) == "[budget]"
		inside := slices.Equal(before, after)
		if len(newLines) != 1 || !inside && !(ok && added) {
			t.Fatalf("%q became %q", doc, edited)
		}
	})
}

// The result of an edit is a configuration that says what was asked for, or there is none.
func FuzzSetBudget(f *testing.F) {
	f.Add(everything, "total_budget_limit", "3M")
	f.Add("[budget]\nperiod = 'day'", "total_budget_limit", "none")
	f.Add("budget = { period = \"run\" }\n", "period", "week")
	f.Add("budget.period = \"run\"\n[budget.models.m]\nmax_tokens = 1", "on_full", "refuse")
	f.Add("[budget.models.m]\nmax_tokens = 1", "models.m.max_tokens", "2M")
	f.Add("\ufeff[budget]\r\n# x\r\n", "time_zone", "UTC")
	f.Fuzz(func(t *testing.T, doc, key, value string) {
		if len(doc) > 4<<10 {
			t.Skip()
		}
		original := strings.Clone(doc)
		got, changes, err := Files{Project: "x"}.edited([]byte(doc), []string{key + "=" + value})
		if doc != original {
			t.Fatal("the original was changed in place")
		}
		if err != nil {
			return
		}
		if _, _, err := Parse("x", got); err != nil {
			t.Fatalf("%q set to %q gave %q: %v", key, value, got, err)
		}
		want := decoded(t, doc)
		if changes[0].After != changes[0].Before {
			table, key, _, _ := findKey(changes[0].Key)
			want = withChange(want, append(table, key), changes[0].After)
		}
		if diff := cmp.Diff(pruned(want), pruned(decoded(t, string(got)))); diff != "" {
			t.Errorf("%q became %q (-want +got):\n%s", doc, got, diff)
		}
		if strings.Count(string(got), "#") < strings.Count(doc, "#")-strings.Count(changes[0].Before, "#") {
			t.Errorf("%q lost a comment: %q", doc, got)
		}
	})
}

func decoded(t *testing.T, doc string) map[string]any {
	t.Helper()
	keys, err := decodeBudget("x", []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
