package middleware_test

import (
	"io"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Some servers set the type that was asked for and send another (sourcegraph/cody#3479, tinyhumansai/tinyagents#56).
func TestABodyIsReadByHowItBegins(t *testing.T) {
	const refused = `{"error":{"code":429,"message":"slow down"}}`
	stream := first + last + usageEvent + done
	for name, tt := range map[string]struct {
		kind, body string
		pieces     []string
		shown      string // "" is all that was sent
		tokens     int64
		status     int
	}{
		"an error's object as a stream":     {asEvent, askStream, []string{refused}, "", 0, 429},
		"after white space":                 {asEvent, askStream, []string{"\n", "  ", " \n", refused}, "", 0, 429},
		"an answer as a stream":             {asEvent, askStream, []string{answer[:30], answer[30:]}, "", 11, 0},
		"over lines":                        {asEvent, askStream, []string{strings.ReplaceAll(answer, `, "`, ",\n\n\"")}, "", 11, 0},
		"a stream as JSON":                  {asJSON, ask, []string{stream}, "", 11, 0},
		"in pieces":                         {asJSON, ask, []string{"\n", "da", "ta", stream[len("data"):]}, "", 11, 0},
		"with a comment before it":          {asJSON, ask, []string{": hello\n\n", stream}, "", 11, 0},
		"a stream, one byte first":          {asEvent, askStream, []string{stream[:1], stream[1:]}, strings.Replace(stream, usageEvent, "", 1), 11, 0},
		"a stream that begins with a retry": {asEvent, askStream, []string{"retry: 9\n\n", stream}, "retry: 9\n\n" + strings.Replace(stream, usageEvent, "", 1), 11, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var p probe
			resp, err := post(t, t.Context(), through(t, p.middleware), serve(t, says(tt.kind, tt.pieces...))+"/chat/completions", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			shown := tt.shown
			if shown == "" {
				shown = strings.Join(tt.pieces, "")
			}
			if err != nil || string(got) != shown {
				t.Errorf("read %q, error %v, want %q", got, err, shown)
			}
			seen, failed := p.only(t)
			switch {
			case tt.status != 0:
				if failed == nil || failed.Status != tt.status || failed.Class != wire.RateLimit || !failed.Unbilled() {
					t.Errorf("booked %+v, error %+v", seen, failed)
				}
			case failed != nil || seen.Usage.Tokens() != tt.tokens:
				t.Errorf("booked %+v, error %+v", seen, failed)
			}
		})
	}
}
