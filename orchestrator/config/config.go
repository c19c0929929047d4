package config

import (
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

// FileName is the file name of a project's configuration.
const FileName = "orchestrate.toml"

// Config is a project's configuration: the content of orchestrate.toml with every default filled in.
// [Load] and [Default] return valid ones. It must not be changed while it is in use.
type Config struct {
	// Path is the file it was read from, "" for the defaults.
	Path string

	// User is the file of the user's that says what Path leaves out, "" where there is none: see [Files].
	User string

	origins origins

	Budget Budget

	// Workers are in the order of the file. Their names differ.
	Workers []Worker

	// Providers is by the name that workers use. Every worker's provider is among them.
	Providers map[string]Provider

	// Prices is by model. A price that the file leaves out is the price of fresh input, or of output.
	Prices budget.Prices

	// BundledPrices gives models that have no price in Prices what their vendors' lists said on models.PricesDate:
	// bundled, in the table [prices]. Not by default: who pays a cloud or a gateway does not pay list prices.
	BundledPrices bool

	Retry Retry
	Log   Log
	Run   Run
	Serve Serve

	// Template makes tasks of rows of data.
	Template Template

	// Alerts are in the order of the file.
	Alerts []Alert
}

// Budget is the table [budget].
type Budget struct {
	// Total is the limit of a period: total_budget_limit (tokens) and total_cost_limit. The other limits
	// are of each task (max_tokens_per_task, max_cost_per_task), of each worker (max_tokens_per_worker,
	// max_cost_per_worker) and of models and labels by name ([budget.models.NAME], [budget.labels.NAME] max_tokens, max_cost).
	// A field that is nil is unlimited; zero means that nothing may be spent.
	Total     budget.Limit
	PerTask   budget.Limit
	PerWorker budget.Limit
	Models    map[string]budget.Limit
	Labels    map[string]budget.Limit

	// WarningPercents of a limit spent give a warning each: budget_warning_threshold, from 1 to 100, ascending, 80 by default.
	WarningPercents []int

	// BurnWarning gives an alert when a limit is spent within that time at the pace of the last minute: burn_warning. 0 gives none.
	BurnWarning time.Duration

	// Mode is budget_enforcement_mode.
	Mode budget.Mode

	// Period is the time between two resets, in TimeZone (never nil; UTC by default).
	Period   Period
	TimeZone *time.Location

	// OnFull is what happens to a call while others hold what it needs: on_full.
	OnFull budget.OnFull

	// DefaultMaxOutput is the output cap in tokens of calls that ask for none:
	// default_max_output_tokens, 1024 by default.
	DefaultMaxOutput int64

	// Recover is what becomes of holds whose process died: recover.
	Recover Recover

	// MaxCalls is the most calls that a task may be charged for: max_calls_per_task. Zero, the default, is any number.
	MaxCalls int

	// UnboundedInput is what strict mode holds for input of unknown size, in tokens:
	// unbounded_input_allowance. Zero, the default, refuses such calls.
	UnboundedInput int64
}

// Period is the time between two resets of the budgets of the total, the models and the labels.
type Period string

// The periods. Days, weeks (from Monday) and months begin at midnight in the time zone of the budget.
const (
	PeriodManual Period = "manual" // until somebody resets it (the default)
	PeriodRun    Period = "run"
	PeriodDay    Period = "day"
	PeriodWeek   Period = "week"
	PeriodMonth  Period = "month"
)

// Recover says how the open holds of a process that died are resolved.
type Recover string

// The ways to recover; see [budget.Config].ReturnHolds.
const (
	ChargeHolds Recover = "charge" // as if they had been billed (the default)
	ReturnHolds Recover = "release"
)

// Worker is one [[workers]].
type Worker struct {
	Name     string // printable, without spaces
	Provider string // a name in Config.Providers
	Model    string // asked for by tasks that name none

	// Concurrency is how many tasks it does at once, 4 by default. With "auto" it is the most, max_concurrency (64 by
	// default), and the worker starts with fewer; see Start.
	Concurrency int

	// Start is how many tasks it does at once in the beginning where concurrency is "auto", else 0.
	Start int

	// System goes before the prompt of tasks that have no instructions of their own.
	System string

	// MaxOutput is the output cap in tokens (max_output_tokens), if not given the default of its model, its provider or the
	// budget. What is sent is no more than their ceiling: see [Config.CapsOf].
	// MinOutput is the least cap worth sending (min_output_tokens); 0, the default, forbids a clamp.
	MaxOutput, MinOutput int64

	// Temperature is 0 to 2; nil leaves it to the provider.
	Temperature *float64

	// Command is how a worker does tasks that runs a command for each; nil for one that sends prompts.
	Command *Command
}

// ProviderKind is what a provider speaks.
type Kind string

// The kinds of provider.
const (
	KindOpenAI    Kind = "openai"    // and everything that speaks its format
	KindAnthropic Kind = "anthropic" //
	KindGemini    Kind = "gemini"    // the Gemini API, and what speaks its format
	KindAzure     Kind = "azure"     // a resource of Azure OpenAI, whose models are deployments
	KindOllama    Kind = "ollama"    // Ollama's own API, and what speaks its format
	KindSim       Kind = "sim"       // the offline simulator
)

// Kinds returns all of them, the simulator last.
func Kinds() []Kind {
	var kinds []Kind
	for _, f := range formats.Providers() {
		kinds = append(kinds, Kind(f.Name()))
	}
	return append(kinds, KindSim)
}

// Provider is one [providers.NAME].
type Provider struct {
	Name string

	// Kind is the name itself where that is a kind and no other is given.
	Kind Kind

	// BaseURL is where requests go, without a slash at the end; "" is the kind's own service.
	BaseURL string

	// APIVersion is the version that Azure's addresses name: api_version; "" is the v1 API, whose name none.
	APIVersion string

	// APIKeyEnv is the environment variable that holds the key: api_key_env. By default the kind's, OPENAI_API_KEY,
	// ANTHROPIC_API_KEY or GEMINI_API_KEY; with a base_url there is no default, so that a key never goes to a server that it
	// was not meant for; but AZURE_OPENAI_API_KEY at a host of azure.com. "" sends none.
	APIKeyEnv string

	// KeyCommand is the command that says the key, instead of APIKeyEnv: api_key_command. It is asked again when the key is
	// refused.
	KeyCommand []string

	// RequestsPerMinute and TokensPerMinute are the provider's rate limits; 0 is unlimited.
	RequestsPerMinute, TokensPerMinute int64

	// Timeout bounds one attempt, 120 s by default.
	Timeout time.Duration

	// Stream says that workers ask for answers as streams, as they do by default: stream. A model that cannot is asked for
	// plain ones.
	Stream bool

	// ServiceTier is the tier that the account serves calls at which name none: service_tier. It is not sent: it says
	// what to hold for from the first call on. "" is the standard tier, until an answer names a dearer one.
	ServiceTier string

	// Caps bounds the output caps of its calls: default_max_output_tokens, max_output_tokens (a ceiling), min_output_tokens,
	// output_cap_key. A simulator has none but those of its models.
	Caps wire.Caps

	// UnboundedInput is the budget's of the same name, for calls of this provider: unbounded_input_allowance; 0 is the budget's.
	UnboundedInput int64

	// Tools are bounds of tools that run at the provider, by their kind: [providers.NAME.tools.KIND].
	Tools map[string]wire.ToolBound

	// Models are those that have something of their own, by name: [providers.NAME.models.MODEL]. See [Config.CapsOf].
	Models map[string]ProviderModel

	// Sim is how a provider of kind sim behaves; zero for others.
	Sim Sim
}

// Sim is how a simulated provider behaves. The same seed gives the same answers.
type Sim struct {
	Seed int64

	// Latency of an answer is 20 ms by default, more or less by up to Jitter.
	Latency, Jitter time.Duration

	// MinOutput and MaxOutput bound the tokens of an answer: min_output_tokens and max_output_tokens, 16
	// and 256 by default.
	MinOutput, MaxOutput int64

	// ErrorRate and RateLimitRate are the shares of answers that are a server's failure (error_rate) or
	// "too fast" (rate_limit_rate), 0 to 1.
	ErrorRate, RateLimitRate float64
}

// Retry is the table [retry].
type Retry struct {
	Attempts int           // all of them, the first included: 3 by default
	Initial  time.Duration // the first pause, 500 ms by default
	Max      time.Duration // the longest pause where the provider asks for none, 30 s by default
}

// Log is the table [log].
type Log struct {
	Level   LogLevel
	Format  LogFormat
	Prompts bool // log prompts and answers; never by default
}

// LogLevel is the least important level that is logged.
type LogLevel string

// The levels of logging.
const (
	LogInfo  LogLevel = "info" // the default
	LogDebug LogLevel = "debug"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
)

// LogFormat is how log lines are written.
type LogFormat string

// The formats of log lines.
const (
	LogText LogFormat = "text" // the default
	LogJSON LogFormat = "json"
)

// Run is the table [run].
type Run struct {
	// StoreOutputs keeps the outputs of finished tasks in the state directory, which resuming a run with
	// dependencies needs. True by default.
	StoreOutputs bool

	// Patience is the longest that a task waits, all in all, for providers that are paused: 30 minutes by
	// default. What would take longer is deferred; with 0 nothing waits.
	Patience time.Duration

	// Policy is by what tasks are ordered: "value" (the default), "priority" or "fifo".
	Policy string

	// SchemaRepairs is how often an answer that does not match its task's schema is asked for again: schema_repairs, 1 by
	// default. With 0 such a task fails at once.
	SchemaRepairs int

	// OnDeferred is what becomes of a run when the budget can pay for nothing that is left: "end" (the default) or "wait".
	OnDeferred string

	// MaxRunTime is how long a run begins tasks; 0 is for ever.
	MaxRunTime time.Duration

	// OutputCap is which output caps are sent: "declared" (the default) or "history".
	OutputCap string

	// Worth is what priorities are worth, by their number, where that is not two to the power of it.
	Worth map[int]float64
}

// Default is the configuration of an empty file: strict, without limits, workers or providers.
func Default() *Config {
	c, _, err := Parse("", nil)
	if err != nil {
		panic(err) // an empty file has no mistakes
	}
	return c
}
