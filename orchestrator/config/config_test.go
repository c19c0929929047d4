package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// Each fixture holds mistakes of one sort; the .want file beside it is what a person reads.
func TestMistakes(t *testing.T) {
	filetest.Each(t, "testdata/mistakes/*.toml", func(t *testing.T, name string) string {
		c, warnings, err := Load(name)
		if err == nil {
			t.Fatalf("no error (warnings %v)", warnings)
		}
		if c != nil || warnings != nil {
			t.Error("there is a configuration beside the error")
		}
		for _, hidden := range []string{"0123456789abcdefghij", "hunter2"} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("the error holds a secret: %v", err)
			}
		}
		var one *Error
		if !errors.As(err, &one) || one.File != name || one.Line == 0 {
			t.Errorf("not an Error with a place: %#v", one)
		}
		return err.Error() + "\n"
	})
}

func TestWarnings(t *testing.T) {
	filetest.Each(t, "testdata/warnings/*.toml", func(t *testing.T, name string) string {
		_, warnings, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, w := range warnings {
			b.WriteString(w.String() + "\n")
		}
		return b.String()
	})
}

const everything = `
[budget]
total_budget_limit = "2M"
max_tokens_per_task = 50_000
max_calls_per_task = 20
max_tokens_per_worker = "1.5M"
budget_warning_threshold = "75%"
budget_enforcement_mode = "soft"
total_cost_limit = "$2.50"
max_cost_per_task = "0.25"
max_cost_per_worker = "2"
period = "week"
time_zone = "Europe/Berlin"
on_full = "refuse"
default_max_output_tokens = "2k"
recover = "release"
unbounded_input_allowance = 4000

[budget.models."gpt-4o"]
max_tokens = "500k"
max_cost = "1"

[budget.labels."customer-7"]
max_tokens = "40k"

[budget.labels."north & south"]
max_cost = "0.75"

[[workers]]
name = "writer"
provider = "openai"
model = "gpt-4o"
concurrency = 2
system = "Be brief."
max_output_tokens = 300
min_output_tokens = 100
temperature = 1

[[workers]]
name = "dry"
provider = "practice"
model = "gpt-4o"

[providers.openai]
requests_per_minute = 500
tokens_per_minute = "200k"
timeout = "60s"

[providers.practice]
kind = "sim"
seed = 7
latency = "0s"
jitter = "5ms"
min_output_tokens = 10
max_output_tokens = 20
error_rate = 0.25
rate_limit_rate = 0

[prices."gpt-4o"]
input = "2.50"
output = "10"
cache_read = "1.25"
audio_output = "80"

[retry]
attempts = 5
initial = "1s"
max = "1m"

[log]
level = "debug"
format = "json"
prompts = true

[run]
store_outputs = false
patience = "3m"
max_run_time = "8h"
on_deferred = "wait"
policy = "fifo"
output_cap = "history"
worth = { critical = 20, low = 0.25 }
`

func TestParseReadsEverything(t *testing.T) {
	got, warnings, err := Parse("orchestrate.toml", []byte(everything))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	temperature := 1.0
	want := &Config{
		Budget: Budget{
			Total:            budget.TokenLimit(2_000_000).WithCost(2_500_000_000),
			PerTask:          budget.TokenLimit(50_000).WithCost(250_000_000),
			PerWorker:        budget.TokenLimit(1_500_000).WithCost(2 * budget.USD),
			Models:           map[string]budget.Limit{"gpt-4o": budget.TokenLimit(500_000).WithCost(budget.USD)},
			Labels:           map[string]budget.Limit{"customer-7": budget.TokenLimit(40_000), "north & south": budget.Limit{}.WithCost(750_000_000)},
			WarningPercents:  []int{75},
			Mode:             budget.Soft,
			Period:           PeriodWeek,
			TimeZone:         berlin,
			OnFull:           budget.Refuse,
			DefaultMaxOutput: 2000,
			Recover:          ReturnHolds,
			UnboundedInput:   4000,
			MaxCalls:         20,
		},
		Workers: []Worker{
			{Name: "writer", Provider: "openai", Model: "gpt-4o", Concurrency: 2, System: "Be brief.", MaxOutput: 300, MinOutput: 100, Temperature: &temperature},
			{Name: "dry", Provider: "practice", Model: "gpt-4o", Concurrency: 4, MaxOutput: 2000},
		},
		Providers: map[string]Provider{
			"openai": {Name: "openai", Kind: KindOpenAI, APIKeyEnv: "OPENAI_API_KEY", RequestsPerMinute: 500, TokensPerMinute: 200_000, Timeout: time.Minute, Stream: true},
			"practice": {Name: "practice", Kind: KindSim, Timeout: 2 * time.Minute, Sim: Sim{
				Seed: 7, Jitter: 5 * time.Millisecond, MinOutput: 10, MaxOutput: 20, ErrorRate: 0.25,
			}},
		},
		Prices: budget.Prices{"gpt-4o": {
			Input: 2_500_000_000, CacheWrite5m: 2_500_000_000, CacheWrite1h: 2_500_000_000, AudioInput: 2_500_000_000,
			CacheRead: 1_250_000_000, Output: 10 * budget.USD, AudioOutput: 80 * budget.USD,
		}},
		Retry: Retry{Attempts: 5, Initial: time.Second, Max: time.Minute},
		Log:   Log{Level: LogDebug, Format: LogJSON, Prompts: true},
		Run:   Run{Patience: 3 * time.Minute, MaxRunTime: 8 * time.Hour, OnDeferred: "wait", SchemaRepairs: 1, Policy: "fifo", OutputCap: "history", Worth: map[int]float64{3: 20, -1: 0.25}},
		Serve: defaultServe(),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDefault(t *testing.T) {
	c := Default()
	b := c.Budget
	if len(c.Limits()) != 0 || b.Mode != budget.Strict || !slices.Equal(b.WarningPercents, []int{80}) || b.DefaultMaxOutput != 1024 ||
		b.Period != PeriodManual || b.OnFull != budget.Wait || b.Recover != ChargeHolds || b.TimeZone != time.UTC ||
		b.UnboundedInput != 0 || c.Retry.Attempts != 3 || !c.Run.StoreOutputs || c.Run.Patience != 30*time.Minute || c.Log.Prompts {
		t.Errorf("%+v", c)
	}
}

func TestKeyNeverGoesToAnotherServer(t *testing.T) {
	for _, tt := range []struct{ table, want string }{
		{`[providers.openai]`, "OPENAI_API_KEY"},
		{`[providers.anthropic]`, "ANTHROPIC_API_KEY"},
		{`[providers.gemini]`, "GEMINI_API_KEY"},
		{"[providers.openai]\nbase_url = \"http://localhost:11434/v1/\"", ""},
		{"[providers.openai]\nbase_url = \"https://example.com/v1\"\napi_key_env = \"MY_KEY\"", "MY_KEY"},
		{"[providers.openai]\napi_key_env = \"\"", ""},
		{"[providers.azure]\nbase_url = \"https://r.openai.azure.com\"", "AZURE_OPENAI_API_KEY"},
		{"[providers.azure]\nbase_url = \"https://r.openai.azure.com.example.com\"", ""},
		{"[providers.azure]\nbase_url = \"http://r.openai.azure.com\"", ""},
	} {
		c, _, err := Parse("x", []byte(tt.table))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Providers {
			if p.APIKeyEnv != tt.want {
				t.Errorf("%s: key from %q, want %q", tt.table, p.APIKeyEnv, tt.want)
			}
			if strings.HasSuffix(p.BaseURL, "/") {
				t.Errorf("address %q ends in a slash", p.BaseURL)
			}
		}
	}
}

// TestBaseURLWithRoute: an address that ends in the route of requests is taken for the one above it.
func TestBaseURLWithRoute(t *testing.T) {
	for _, tt := range []struct {
		kind        Kind
		given, want string
	}{
		{KindOpenAI, "https://h/v1/chat/completions", "https://h/v1"},
		{KindOpenAI, "https://h/v1/chat/completions/", "https://h/v1"},
		{KindOpenAI, "https://h/openai/chat/completions", "https://h/openai"},
		{KindOpenAI, "https://h/chat/completions", "https://h"},
		{KindOpenAI, "https://h/models", "https://h/models"},
		{KindOpenAI, "https://h/chat", "https://h/chat"},
		{KindAnthropic, "https://h/v1/messages", "https://h"},
		{KindAnthropic, "https://h/proxy/v1/messages/", "https://h/proxy"},
		{KindAzure, "https://h/openai/v1/chat/completions", "https://h"},
		{KindAzure, "https://h/openai/v1/", "https://h"},
		{KindAzure, "https://h/openai", "https://h"},
		{KindAzure, "https://h/openai/deployments/d", "https://h"},
		{KindAnthropic, "https://h/proxy/messages", "https://h/proxy/messages"}, // the client's matter
	} {
		c, _, err := Parse("x", fmt.Appendf(nil, "[providers.p]\nkind = %q\nbase_url = %q\n", tt.kind, tt.given))
		if err != nil {
			t.Errorf("%s: %v", tt.given, err)
		} else if got := c.Providers["p"].BaseURL; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.given, got, tt.want)
		}
	}
}

func TestFormsThatWorkEverywhere(t *testing.T) {
	const plain = "[budget]\ntotal_budget_limit = 5\nmax_tokens_per_task = 3\n"
	for name, doc := range map[string]string{
		"byte order mark": "\ufeff" + plain,
		"windows lines":   strings.ReplaceAll(plain, "\n", "\r\n"),
		"dotted keys":     "budget.total_budget_limit = 5\nbudget . \"max_tokens_per_task\" = 3",
		"inline table":    "budget = { total_budget_limit = 5, max_tokens_per_task = 3 }",
		"no last newline": strings.TrimSuffix(plain, "\n"),
	} {
		c, _, err := Parse("x", []byte(doc))
		if err != nil || *c.Budget.Total.Tokens != 5 || *c.Budget.PerTask.Tokens != 3 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileThatIsNotUTF8(t *testing.T) {
	_, _, err := Parse("x.toml", []byte("[budget]\n# caf\xe9\n"))
	const want = "x.toml:2:6: byte 14 is not UTF-8 (save the file as UTF-8)"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestLimits(t *testing.T) {
	c, _, err := Parse("x", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	want := budget.Limits{
		budget.Total:           budget.TokenLimit(2_000_000).WithCost(2_500_000_000),
		budget.Task(""):        budget.TokenLimit(50_000).WithCost(250_000_000),
		budget.Worker(""):      budget.TokenLimit(1_500_000).WithCost(2 * budget.USD),
		budget.Model("gpt-4o"): budget.TokenLimit(500_000).WithCost(budget.USD),

		budget.Label("customer-7"):    budget.TokenLimit(40_000),
		budget.Label("north & south"): budget.Limit{}.WithCost(750_000_000),
	}
	if diff := cmp.Diff(want, c.Limits()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBudgetPricesAreTheCallersOwn(t *testing.T) {
	c, _, err := Parse("x", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	prices := c.BudgetPrices()
	if diff := cmp.Diff(c.Prices, prices); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	clear(prices)
	if len(c.Prices) == 0 {
		t.Error("the configuration was changed through its prices")
	}
}

func TestMessagesAreShort(t *testing.T) {
	_, _, err := Parse("x", []byte("[budget]\ntotal_budget_limit = \""+strings.Repeat("ü", 5000)+"\""))
	if err == nil || len(err.Error()) > 400 || !strings.HasSuffix(err.Error(), "ü...") {
		t.Errorf("%v", err)
	}
}

func TestPriceVersion(t *testing.T) {
	version := func(doc string) string {
		c, _, err := Parse("x", []byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		return c.PriceVersion()
	}
	a := "[prices.a]\ninput = \"1\"\noutput = \"2\"\n"
	b := "[prices.b]\ninput = \"3\"\noutput = \"4\"\n"
	if version(a+b) != version(b+a) {
		t.Error("the order of the file changes the version")
	}
	if version(a+b) == version(a) || version(a) == version(strings.Replace(a, "2", "2.000000001", 1)) {
		t.Error("other prices have the same version")
	}
	if version(a) != version(a+"cache_read = \"1.00\"\n") {
		t.Error("writing out a default changes the version")
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	beside := filepath.Join(root, "tasks")
	for _, dir := range []string{deep, beside, filepath.Join(root, "a", FileName)} { // a directory is no configuration
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Find("", deep); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing to find: %v", err)
	}
	top, other := filepath.Join(root, FileName), filepath.Join(beside, FileName)
	for _, path := range []string{top, other} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ taskFile, dir, want string }{
		{filepath.Join(beside, "t.toml"), deep, other},
		{"", deep, top},
		{"-", beside, other},
		{filepath.Join(deep, "t.toml"), root, top},
	} {
		if got, err := Find(tt.taskFile, tt.dir); got != tt.want || err != nil {
			t.Errorf("Find(%q, %q) = %q, %v; want %q", tt.taskFile, tt.dir, got, err, tt.want)
		}
	}
}

func TestBundledPrices(t *testing.T) {
	parse := func(doc string) *Config {
		c, warnings, err := Parse("x", []byte(doc))
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v %v", doc, warnings, err)
		}
		return c
	}
	const own = "[prices.\"gpt-4o\"]\ninput = \"1\"\noutput = \"2\"\n"
	without, with := parse(own), parse("[prices]\nbundled = true\n"+own)
	if len(without.BudgetPrices()) != 1 || without.Priced("gpt-4.1") {
		t.Error("bundled prices that nobody asked for")
	}
	prices := with.BudgetPrices()
	for model, want := range map[string]budget.NanoUSD{
		"gpt-4o": 1, "gpt-4o-2024-05-13": 0, "openai/gpt-4o-2024-05-13": 0, // those two by their family
		"gpt-4.1": 2, "gpt-3.5-turbo-1106": 1,
	} {
		if got := prices[model].Input; got != want*budget.USD {
			t.Errorf("%s: %v, want $%d", model, got, want)
		}
		if !with.Priced(model) {
			t.Errorf("%s has no price", model)
		}
	}
	if with.Priced("llama3.1") || with.Priced("gpt-4o:free") {
		t.Error("what is not listed has a price")
	}
	if parse("[prices]\nbundled = false\n"+own).PriceVersion() != without.PriceVersion() {
		t.Error("what is not asked for changes the version")
	}
	if with.PriceVersion() == without.PriceVersion() || with.PriceVersion() != parse("[prices]\nbundled = true\n"+own).PriceVersion() {
		t.Error("the version does not follow the prices")
	}
	if again := parse(with.TOML()); again.PriceVersion() != with.PriceVersion() {
		t.Error("the configuration in force reads otherwise")
	}
}

// A limit on money is enough where vendors' lists say what it limits.
func TestBundledPricesMakeALimitOnMoneyMeanSomething(t *testing.T) {
	const doc = "[budget]\ntotal_cost_limit = \"1\"\n[budget.models.\"gpt-4o\"]\nmax_cost = \"1\"\n"
	if _, _, err := Parse("x", []byte(doc)); err == nil {
		t.Error("without prices it can never be enforced")
	}
	if _, warnings, err := Parse("x", []byte(doc+"[prices]\nbundled = true\n")); err != nil || len(warnings) > 0 {
		t.Error(warnings, err)
	}
}

// A worker finds out by itself how much its provider takes.
func TestConcurrencyMayBeLearnt(t *testing.T) {
	const worker = "[providers.p]\nkind = \"sim\"\n[[workers]]\nname = \"w\"\nprovider = \"p\"\nmodel = \"m\"\n"
	for _, tc := range []struct {
		text        string
		most, start int
		mistake     string
	}{
		{"", 4, 0, ""},
		{"concurrency = 8", 8, 0, ""},
		{`concurrency = "auto"`, 64, 4, ""},
		{"concurrency = \"auto\"\nmax_concurrency = 3", 3, 3, ""},
		{"max_concurrency = 3", 0, 0, "goes with concurrency"},
		{`concurrency = "many"`, 0, 0, "auto"},
	} {
		c, _, err := Parse("o.toml", []byte(worker+tc.text))
		switch {
		case tc.mistake != "":
			if err == nil || !strings.Contains(err.Error(), tc.mistake) {
				t.Errorf("%s: %v", tc.text, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tc.text, err)
		case c.Workers[0].Concurrency != tc.most || c.Workers[0].Start != tc.start:
			t.Errorf("%s: %+v", tc.text, c.Workers[0])
		}
	}
}
