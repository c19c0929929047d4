package reading

import (
	"encoding/json"
	"testing"
)

func FuzzUnquote(f *testing.F) {
	for _, raw := range []string{
		`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\udead\n"`, "\"\xff\xe9\\n\"",
		`"caf\u00E9 ` + "天\u2028" + `"`, `7`, `null`, `{"a":"b"}`, `"\uFFFF\uFFFD"`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) || raw[0] == ' ' || raw[len(raw)-1] != '"' {
			return
		}
		var want string
		wantErr := json.Unmarshal(raw, &want)
		if got, err := Unquote(raw); got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: %q, %v, want %q, %v", raw, got, err, want, wantErr)
		}
	})
}
