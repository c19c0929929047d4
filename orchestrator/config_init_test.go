package orchestrator

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var commentedOut = regexp.MustCompile(`(?m)^# (\w+ = |\[)`)

func TestInitConfig(t *testing.T) {
	for _, provider := range []string{"openai", "anthropic", "sim"} {
		doc := InitConfig(provider)
		c, warnings, err := ParseConfig(ConfigName, doc)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v %v", provider, err, warnings)
		}
		if p := c.ProviderOf(c.Workers[0]); string(p.Kind) != provider {
			t.Errorf("%s: the worker uses %+v", provider, p)
		}
		all := commentedOut.ReplaceAll(doc, []byte("$1"))
		if _, _, err := ParseConfig(ConfigName, all); err != nil {
			t.Errorf("%s with every key that is commented out: %v", provider, err)
		}
		for key := range budgetKeys {
			if !strings.Contains(string(all), "\n"+key+" = ") {
				t.Errorf("%s: %s is not shown", provider, key)
			}
		}
	}
	if InitConfig("other") != nil {
		t.Error("a configuration for an unknown provider")
	}
}

func TestInitTasks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.toml")
	if err := os.WriteFile(path, InitTasks(), 0o600); err != nil {
		t.Fatal(err)
	}
	tasks, err := LoadTasks(path)
	if err != nil {
		t.Fatal(err)
	}
	last := tasks[len(tasks)-1]
	if len(last.DependsOn) == 0 || !strings.Contains(last.Prompt, "{{ output") {
		t.Errorf("the example shows no dependency: %+v", last)
	}
	c, _, err := ParseConfig(ConfigName, InitConfig("sim"))
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckTasks(tasks, c); err != nil {
		t.Error(err)
	}
}
