package config

import (
	"fmt"
	"strings"
	"testing"
)

// Addresses may have environment variables in them. Nothing else has, and no message has their values.
func TestEnvironmentVariablesInAddresses(t *testing.T) {
	t.Setenv("EXPAND_HOST", "example.com")
	t.Setenv("EXPAND_EMPTY", "")
	for _, tt := range []struct{ given, want, mistake string }{
		{"https://h/v1", "https://h/v1", ""},
		{"https://${EXPAND_HOST}/v1", "https://example.com/v1", ""},
		{"https://${EXPAND_HOST}:${EXPAND_PORT:-8080}/v1", "https://example.com:8080/v1", ""},
		{"https://h${EXPAND_NONE:-}/v1", "https://h/v1", ""},
		{"https://${EXPAND_EMPTY:-h}", "https://h", ""},
		{"https://h/$x$$y", "https://h/$x$$y", ""},
		{"https://${EXPAND_NONE}/v1", "", "EXPAND_NONE is not set (set it, or write ${EXPAND_NONE:-VALUE}"},
		{"https://${EXPAND_EMPTY}/v1", "", "EXPAND_EMPTY is not set"},
		{"https://h/${1}", "", "names no variable"},
		{"https://h/${EXPAND_HOST", "", "names no variable"},
	} {
		c, _, err := Parse("x", fmt.Appendf(nil, "[providers.p]\nkind = 'openai'\nbase_url = '%s'\nservice_tier = 'a'\n", tt.given))
		switch {
		case tt.mistake == "" && err != nil:
			t.Errorf("%s: %v", tt.given, err)
		case tt.mistake == "" && c.Providers["p"].BaseURL != tt.want:
			t.Errorf("%s: %s, want %s", tt.given, c.Providers["p"].BaseURL, tt.want)
		case tt.mistake != "" && (err == nil || !strings.Contains(err.Error(), tt.mistake) || strings.Contains(err.Error(), "example.com")):
			t.Errorf("%s: error %v, want %q", tt.given, err, tt.mistake)
		}
	}
}
