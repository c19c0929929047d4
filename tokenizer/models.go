package tokenizer

import "github.com/orchestrate-go/orchestrate/tokenizer/internal/bpe"

// model is what the table knows about a name.
type model struct {
	counter *Counter
	open    bool // any text may follow the name; otherwise a letter or digit makes it another name
}

// The counters that names resolve to. OpenAI's follow the table in tiktoken's model.py (openai/tiktoken);
// o200k_harmony and p50k_edit differ from their bases in special tokens only.
var (
	o200k   = exactCounter("o200k_base", bpe.O200kBase)
	harmony = exactCounter("o200k_harmony", bpe.O200kBase)
	cl100k  = exactCounter("cl100k_base", bpe.Cl100kBase)
	p50k    = exactCounter("p50k_base", bpe.P50kBase)
	p50kEd  = exactCounter("p50k_edit", bpe.P50kBase)
	r50k    = exactCounter("r50k_base", bpe.R50kBase)

	// gptUnseen is for OpenAI models newer than this table. A name that only begins with "gpt" is not taken for one of
	// them: GPT-J, GPT-Neo, GPT-NeoX and the first GPT-3 have older vocabularies, with up to three times the tokens.
	gptUnseen = estimateCounter(OpenAI, "o200k_base", &asO200k)

	claude2        = estimateCounter(Anthropic, "claude-2", &asClaude2)
	claudeOld      = estimateCounter(Anthropic, "claude", &asClaude)
	claudeNew      = estimateCounter(Anthropic, "claude-2026", &asNewClaude)
	gemini         = estimateCounter(Gemini, "gemini", &asGemini)
	llama2         = estimateCounter(Llama, "llama2", &asLlama2)
	llama3         = estimateCounter(Llama, "llama3", &asLlama3)
	mistral        = estimateCounter(Mistral, "mistral", &asMistral)
	qwen           = estimateCounter(Qwen, "qwen", &asQwen)
	deepseek       = estimateCounter(DeepSeek, "deepseek", &asDeepSeek)
	deepseekOther  = estimateCounter(DeepSeek, "deepseek-other", &asAny)
	grok           = estimateCounter(Grok, "grok", &asAny)
	unknownCounter = estimateCounter(Unknown, "unknown", &asAny)
)

// models maps the beginnings of names to counters; the longest one that fits a name decides.
var models = map[string]model{
	"gpt-3.5":                {counter: cl100k},
	"gpt-35":                 {counter: cl100k},
	"gpt35":                  {counter: cl100k},
	"gpt4":                   {counter: cl100k},
	"gpt-4":                  {counter: cl100k},
	"davinci-002":            {counter: cl100k},
	"babbage-002":            {counter: cl100k},
	"text-embedding-3":       {counter: cl100k},
	"text-embedding-ada-002": {counter: cl100k},

	"gpt-4o":               {counter: o200k},
	"gpt4o":                {counter: o200k},
	"gpt41":                {counter: o200k},
	"gpt5":                 {counter: o200k},
	"gpt-4.1":              {counter: o200k},
	"gpt-4.5":              {counter: o200k},
	"gpt-5":                {counter: o200k},
	"gpt-audio":            {counter: o200k},
	"gpt-realtime":         {counter: o200k},
	"chatgpt-4o":           {counter: o200k},
	"codex":                {counter: o200k},
	"computer-use-preview": {counter: o200k},
	"o1":                   {counter: o200k},
	"o3":                   {counter: o200k},
	"o4":                   {counter: o200k},
	"gpt-oss":              {counter: harmony},
	"gpt-6":                {counter: gptUnseen},
	"gpt-7":                {counter: gptUnseen},
	"gpt-8":                {counter: gptUnseen},
	"gpt-9":                {counter: gptUnseen},
	"gpt-image":            {counter: gptUnseen},
	"chatgpt":              {counter: gptUnseen},
	"text-davinci-002":     {counter: p50k},
	"text-davinci-003":     {counter: p50k},
	"text-davinci-edit":    {counter: p50kEd},
	"code-davinci-edit":    {counter: p50kEd},
	"code-davinci":         {counter: p50k},
	"code-cushman":         {counter: p50k},
	"davinci-codex":        {counter: p50k},
	"cushman-codex":        {counter: p50k},
	"text-davinci-001":     {counter: r50k},
	"text-curie":           {counter: r50k},
	"text-babbage":         {counter: r50k},
	"text-ada":             {counter: r50k},
	"text-similarity":      {counter: r50k},
	"text-search":          {counter: r50k},
	"code-search":          {counter: r50k},
	"davinci":              {counter: r50k},
	"curie":                {counter: r50k},
	"babbage":              {counter: r50k},
	"ada":                  {counter: r50k},
	"gpt2":                 {counter: r50k},
	"gpt-2":                {counter: r50k},

	// The offline simulator's own name: it counts like OpenAI's newest, so that its estimates are exact.
	"sim": {counter: o200k},

	// Claude Opus 4.7 brought a tokenizer that splits finer, and later models kept it; a Claude model that
	// is not in the list of the older ones is taken to be a later one.
	"claude":            {counter: claudeNew, open: true},
	"claude-1":          {counter: claude2},
	"claude-2":          {counter: claude2},
	"claude-v1":         {counter: claude2},
	"claude-v2":         {counter: claude2},
	"claude-instant":    {counter: claude2},
	"claude-3":          {counter: claudeOld},
	"claude-haiku-4-5":  {counter: claudeOld},
	"claude-haiku-4.5":  {counter: claudeOld},
	"claude-sonnet-4":   {counter: claudeOld},
	"claude-4-sonnet":   {counter: claudeOld},
	"claude-opus-4":     {counter: claudeOld},
	"claude-4-opus":     {counter: claudeOld},
	"claude-sonnet-4-7": {counter: claudeNew},
	"claude-sonnet-4-8": {counter: claudeNew},
	"claude-sonnet-4-9": {counter: claudeNew},
	"claude-opus-4-7":   {counter: claudeNew},
	"claude-opus-4-8":   {counter: claudeNew},
	"claude-opus-4-9":   {counter: claudeNew},
	"claude-sonnet-4.7": {counter: claudeNew},
	"claude-sonnet-4.8": {counter: claudeNew},
	"claude-sonnet-4.9": {counter: claudeNew},
	"claude-opus-4.7":   {counter: claudeNew},
	"claude-opus-4.8":   {counter: claudeNew},
	"claude-opus-4.9":   {counter: claudeNew},

	"gemini":             {counter: gemini, open: true},
	"gemma":              {counter: gemini, open: true},
	"codegemma":          {counter: gemini, open: true},
	"learnlm":            {counter: gemini, open: true},
	"gemini-embedding":   {counter: gemini},
	"text-embedding-004": {counter: gemini},
	"llama":              {counter: llama3, open: true},
	"meta-llama":         {counter: llama3, open: true},
	"llama2":             {counter: llama2},
	"llama-2":            {counter: llama2},
	"meta-llama-2":       {counter: llama2},
	"codellama":          {counter: llama2, open: true},
	"mistral":            {counter: mistral, open: true},
	"mixtral":            {counter: mistral, open: true},
	"ministral":          {counter: mistral, open: true},
	"magistral":          {counter: mistral, open: true},
	"codestral":          {counter: mistral, open: true},
	"devstral":           {counter: mistral, open: true},
	"pixtral":            {counter: mistral, open: true},
	"voxtral":            {counter: mistral, open: true},
	"open-mistral":       {counter: mistral, open: true},
	"open-mixtral":       {counter: mistral, open: true},
	"open-codestral":     {counter: mistral, open: true},
	"qwen":               {counter: qwen, open: true},
	"codeqwen":           {counter: qwen, open: true},
	"qwq":                {counter: qwen, open: true},
	"qvq":                {counter: qwen, open: true},

	"deepseek":                      {counter: deepseek, open: true},
	"deepseek-r1-distill-llama":     {counter: llama3},
	"deepseek-r1-distill-qwen":      {counter: qwen, open: true},
	"deepseek-llm-r1-distill-llama": {counter: llama3},
	"deepseek-r1-0528-qwen":         {counter: qwen, open: true},
	// Ollama names what was distilled from R1 by size alone. Its 8b, which is the latest, was Llama's and became Qwen's.
	"deepseek-r1:1.5b":          {counter: qwen},
	"deepseek-r1:7b":            {counter: qwen},
	"deepseek-r1:14b":           {counter: qwen},
	"deepseek-r1:32b":           {counter: qwen},
	"deepseek-r1:70b":           {counter: llama3},
	"deepseek-r1:8b":            {counter: deepseekOther},
	"deepseek-r1:8b-llama":      {counter: llama3},
	"deepseek-r1:8b-0528-qwen3": {counter: qwen},
	"deepseek-r1:latest":        {counter: deepseekOther},
	// Before V3 there were other vocabularies, which split off each digit.
	"deepseek-coder":  {counter: deepseekOther},
	"deepseek-llm":    {counter: deepseekOther},
	"deepseek-math":   {counter: deepseekOther},
	"deepseek-moe":    {counter: deepseekOther},
	"deepseek-prover": {counter: deepseekOther},
	"deepseek-v2":     {counter: deepseekOther},
	"deepseek-vl":     {counter: deepseekOther, open: true},

	"grok": {counter: grok, open: true},
}
