package formats_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/embeddings"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
)

// A key that encoding/json would take for a known one, in each object that is read here.
func TestParseRefusesKeysThatFoldOntoAKnownOne(t *testing.T) {
	const message = `"messages":[{"role":"user","content":"a"}]`
	for _, tt := range []struct {
		format wire.Format
		body   string
		key    string
	}{
		{openai.Format, `"Max_Tokens":9,` + message, "Max_Tokens"},
		{openai.Format, `"max_tokens":9,"MAX_TOKENS":900,` + message, "MAX_TOKENS"},
		{openai.Format, `"max_to\u212aens":9,` + message, "max_to\u212aens"},
		{openai.Format, `"max_to` + "\u212a" + `ens":9,` + message, "max_to\u212aens"},
		{openai.Format, `"max_token\u017f":9,` + message, "max_tokenſ"},
		{openai.Format, `"Max_Completion_Tokens":9,` + message, "Max_Completion_Tokens"},
		{openai.Format, `"N":16,` + message, "N"},
		{openai.Format, `"\u004e":16,` + message, "N"},
		{openai.Format, `"Model":"dear",` + message, "Model"},
		{openai.Format, `"MESSAGES":[{"role":"user","content":"long"}],` + message, "MESSAGES"},
		{openai.Format, `"Stream":true,` + message, "Stream"},
		{openai.Format, `"Service_Tier":"priority",` + message, "Service_Tier"},
		{openai.Format, `"Speed":"fast",` + message, "Speed"},
		{openai.Format, `"Inference_Geo":"us",` + message, "Inference_Geo"},
		{openai.Format, `"Tools":[],` + message, "Tools"},
		{openai.Format, `"Response_Format":{},` + message, "Response_Format"},
		{openai.Format, `"Stream_Options":{},` + message, "Stream_Options"},
		{openai.Format, `"Plugins":[],` + message, "Plugins"},
		{openai.Format, `"Previous_Response_ID":"r",` + message, "Previous_Response_ID"},
		{openai.Format, `"stream_options":{"Include_Usage":true},` + message, "Include_Usage"},
		{openai.Format, `"response_format":{"Json_Schema":{}},` + message, "Json_Schema"},
		{openai.Format, `"messages":[{"role":"user","Content":"a"}]`, "Content"},
		{openai.Format, `"messages":[{"Role":"user","content":"a"}]`, "Role"},
		{openai.Format, `"messages":[{"role":"assistant","Tool_Calls":[]}]`, "Tool_Calls"},
		{openai.Format, `"messages":[{"role":"user","content":[{"type":"text","Text":"a"}]}]`, "Text"},
		{openai.Format, `"messages":[{"role":"user","content":[{"Type":"text","text":"a"}]}]`, "Type"},
		{openai.Format, `"messages":[{"role":"user","content":[{"type":"image_url","Image_URL":{"url":"x"}}]}]`, "Image_URL"},
		{openai.Format, `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"URL":"x"}}]}]`, "URL"},
		{openai.Format, `"messages":[{"role":"user","content":[{"type":"text","text":"a","Cache_Control":{}}]}]`, "Cache_Control"},
		{openai.Format, `"messages":[{"role":"assistant","tool_calls":[{"id":"a","Function":{"name":"f"}}]}]`, "Function"},
		{openai.Format, `"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","Arguments":"{}"}}]}]`, "Arguments"},
		{openai.Format, `"tools":[{"type":"function","Function":{"name":"f"}}]`, "Function"},
		{openai.Format, `"tools":[{"Type":"function","function":{"name":"f"}}]`, "Type"},
		{openai.Format, `"tools":[{"type":"function","function":{"name":"f","Parameters":{}}}]`, "Parameters"},
		{openai.Format, `"functions":[{"name":"f","DESCRIPTION":"d"}]`, "DESCRIPTION"},
		{anthropic.Format, `"Max_Tokens":9,` + message, "Max_Tokens"},
		{anthropic.Format, `"\u017fystem":"a",` + message, "ſystem"},
		{anthropic.Format, `"Speed":"fast",` + message, "Speed"},
		{anthropic.Format, `"Inference_Geo":"us",` + message, "Inference_Geo"},
		{anthropic.Format, `"MCP_servers":[],` + message, "MCP_servers"},
		{anthropic.Format, `"Context_Management":{},` + message, "Context_Management"},
		{anthropic.Format, `"output_config":{"Format":{}},` + message, "Format"},
		{anthropic.Format, `"messages":[{"role":"user","CONTENT":"a"}]`, "CONTENT"},
		{anthropic.Format, `"messages":[{"role":"user","content":[{"type":"text","Text":"a"}]}]`, "Text"},
		{anthropic.Format, `"messages":[{"role":"user","content":[{"TYPE":"text","text":"a"}]}]`, "TYPE"},
		{anthropic.Format, `"messages":[{"role":"user","content":[{"type":"tool_result","Content":"a"}]}]`, "Content"},
		{anthropic.Format, `"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","Input":{}}]}]`, "Input"},
		{anthropic.Format, `"messages":[{"role":"user","content":[{"type":"image","source":{"DATA":"x"}}]}]`, "DATA"},
		{anthropic.Format, `"tools":[{"name":"f","Input_Schema":{}}]`, "Input_Schema"},
		{anthropic.Format, `"tools":[{"Type":"web_search_20250305","name":"f"}]`, "Type"},
		{responses.Format, `"Max_Output_Tokens":9,"input":"a"`, "Max_Output_Tokens"},
		{responses.Format, `"max_output_to\u212aens":9,"input":"a"`, "max_output_to\u212aens"},
		{responses.Format, `"Background":true,"input":"a"`, "Background"},
		{responses.Format, `"Previous_Response_ID":"r","input":"a"`, "Previous_Response_ID"},
		{responses.Format, `"Service_Tier":"priority","input":"a"`, "Service_Tier"},
		{responses.Format, `"input":[{"role":"user","Content":"a"}]`, "Content"},
		{responses.Format, `"input":[{"type":"function_call_output","Output":"a"}]`, "Output"},
		{responses.Format, `"input":"a","tools":[{"Type":"web_search"}]`, "Type"},
		{responses.Format, `"input":"a","tools":[{"type":"namespace","Tools":[]}]`, "Tools"},
		{responses.Format, `"input":"a","tools":[{"type":"namespace","tools":[{"Type":"web_search"}]}]`, "Type"},
		{responses.Format, `"input":"a","text":{"Format":{}}`, "Format"},
		{embeddings.Format, `"Input":"a"`, "Input"},
		{embeddings.Format, `"Model":"dear","input":"a"`, "Model"},
	} {
		_, err := tt.format.Parse([]byte(`{"model":"m","max_completion_tokens":7,` + tt.body + `}`))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("key %+q would be read as", tt.key)) {
			t.Errorf("%s: %s: %v", tt.format.Name(), tt.body, err)
		}
	}
	for _, body := range []string{
		`{"contents":[],"GenerationConfig":{}}`, `{"contents":[],"generationConfig":{"maxoutputtokens":9}}`,
		`{"contents":[{"Role":"user"}]}`, `{"contents":[{"parts":[{"Text":"a"}]}]}`,
		`{"contents":[],"tools":[{"FunctionDeclarations":[]}]}`, `{"contents":[],"tools":[{"functionDeclarations":[{"Name":"f"}]}]}`,
		`{"model":"m","input":"a","Max_Output_Tokens":9}`, `{"model":"m","input":[{"type":"message","Content":"a"}]}`,
		`{"model":"m","input":"a","tools":[{"Type":"function","name":"f"}]}`,
	} {
		if _, shape, err := formats.ParseAny([]byte(body), ""); err == nil || !strings.Contains(err.Error(), "would be read as") {
			t.Errorf("%s: %s, %v", shape, body, err)
		}
	}
}

// What a client says in words of its own has the keys that it likes, and so have settings that are not read here.
func TestParseLeavesKeysThatAreTheClientsOwn(t *testing.T) {
	const own = `{"Model":"x","N":1,"MESSAGES":[],"Max_Tokens":1,"Type":"y","to` + "\u212a" + `en":1}`
	for _, tt := range []struct {
		format wire.Format
		body   string
	}{
		{openai.Format, `"metadata":` + own},
		{openai.Format, `"response_format":{"type":"json_schema","json_schema":` + own + `}`},
		{openai.Format, `"tools":[{"type":"function","function":{"name":"f","parameters":` + own + `}}]`},
		{openai.Format, `"tools":[{"type":"custom","custom":{"name":"f","format":` + own + `}}]`},
		{openai.Format, `"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":` + fmt.Sprintf("%q", own) + `}}]}]`},
		{openai.Format, `"logit_bias":` + own + `,"Top_P":1,"own":` + own},
		{anthropic.Format, `"metadata":` + own},
		{anthropic.Format, `"output_config":{"format":` + own + `}`},
		{anthropic.Format, `"tools":[{"name":"f","input_schema":` + own + `}]`},
		{anthropic.Format, `"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":` + own + `}]}]`},
	} {
		if _, err := tt.format.Parse([]byte(`{"model":"m",` + tt.body + `}`)); err != nil {
			t.Errorf("%s: %s: %v", tt.format.Name(), tt.body, err)
		}
	}
}

func TestParseReadsKeysThroughTheirEscapes(t *testing.T) {
	r, err := anthropic.Format.Parse([]byte(`{"model":"m","max_tokens":9,"context_management":{"edits":[{"type":"\u0063ompact_1"}]},
		"system":[{"type":"text","text":"a","cache\u005fcontrol":{"type":"ephemeral"}}]}`))
	if err != nil || !r.CacheWrite || r.Body.Unseen != "compaction" {
		t.Errorf("%+v, %v", r, err)
	}
}

// No entrance lets a product through that could wrap.
func TestParseBoundsTheOutput(t *testing.T) {
	for body, want := range map[string]string{
		`"n":1024,"max_tokens":2097152`:                     "",
		`"n":1025,"max_tokens":1`:                           "n: at most 1024",
		`"n":16,"max_tokens":1152921504606846976`:           "an output cap of 1152921504606846976 tokens for each of 16 choices",
		`"n":1024,"max_tokens":2097153`:                     "at most 2147483648 in all",
		`"max_tokens":2147483649`:                           "at most 2147483648 in all",
		`"max_tokens":9,"max_completion_tokens":2147483649`: "at most 2147483648 in all",
		`"max_tokens":2147483648`:                           "",
		`"max_tokens":9223372036854775808`:                  "max_tokens: want a whole number",
		`"max_tokens":-1`:                                   "max_tokens: want a whole number",
		`"max_tokens":1.5`:                                  "max_tokens: want a whole number",
		`"max_tokens":1e300`:                                "max_tokens: want a whole number",
		`"max_tokens":true`:                                 "max_tokens: want a whole number",
		`"max_completion_tokens":"9"`:                       "max_completion_tokens: want a whole number",
		`"n":-1`:                                            "n: want a whole number",
		`"n":1.5`:                                           "n: want a whole number",
		`"n":9223372036854775807,"max_tokens":2`:            "n: at most 1024",
		`"n":18446744073709551617`:                          "n: want a whole number",
		`"n":null,"max_tokens":null`:                        "",
	} {
		_, err := openai.Format.Parse([]byte(`{"model":"m",` + body + `}`))
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := anthropic.Format.Parse([]byte(`{"model":"m","max_tokens":4294967296}`)); err == nil {
		t.Error("anthropic: a cap of 2^32 was accepted")
	}
	if _, _, err := formats.ParseAny([]byte(`{"contents":[],"generationConfig":{"candidateCount":1024,"maxOutputTokens":1000000000}}`), ""); err == nil {
		t.Error("gemini: a trillion tokens were accepted")
	}
}

// FuzzKeys looks for keys that encoding/json would take for max_tokens and that are not refused.
func FuzzKeys(f *testing.F) {
	for _, key := range []string{"max_tokens", "Max_Tokens", "max_to\u212aens", "max_token\u017f", "max-tokens", "MAX_TOKENS ", "\xffmax_tokens", "N", "ﬀ", "ǅ"} {
		f.Add(key)
	}
	known := []string{"max_tokens", "max_completion_tokens", "n", "model", "messages", "stream", "tools", "service_tier"}
	f.Fuzz(func(t *testing.T, key string) {
		quoted, err := json.Marshal(key)
		if err != nil {
			t.Skip(err)
		}
		_ = json.Unmarshal(quoted, &key) // as it is after its way through JSON
		if slices.Contains(known, key) {
			t.Skip("known")
		}
		var read struct {
			Cap json.RawMessage `json:"max_tokens"`
		}
		if err := json.Unmarshal(fmt.Appendf(nil, `{%s:7}`, quoted), &read); err != nil {
			t.Skip(err)
		}
		folds := slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, key) })
		if (read.Cap != nil) != strings.EqualFold(key, "max_tokens") {
			t.Fatalf("encoding/json folds %q otherwise than EqualFold", key)
		}
		_, err = openai.Format.Parse(fmt.Appendf(nil, `{"model":"m",%s:7}`, quoted))
		if refused := err != nil && strings.Contains(err.Error(), "would be read as"); folds && !refused {
			t.Errorf("%q was accepted: %v", key, err)
		}
	})
}
