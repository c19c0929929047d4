package project_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// A token that names no task has one of its own: nobody else spends its limit, or reads what it spent.
func TestATokensTaskIsItsOwn(t *testing.T) {
	s := newServed(t, "")
	for _, o := range []struct {
		project.TokenOptions
		want string
	}{
		{project.TokenOptions{Label: "ci", Task: "night"}, "ci"},
		{project.TokenOptions{Label: "night"}, "night-2"}, // night is charged to by ci
		{project.TokenOptions{Label: "local"}, "local-2"}, // local is whoever came before there were tokens
		{project.TokenOptions{}, "client"},
		{project.TokenOptions{Expiry: -time.Second}, "client-2"},
	} {
		token, _, err := s.p.NewToken(o.TokenOptions)
		if err != nil || token.Name != o.want || !token.Expires.IsZero() != (o.Expiry != 0) {
			t.Errorf("%+v: token %s, expires %v, %v", o.TokenOptions, token.Name, token.Expires, err)
		}
	}
}

// A file that is not as this program writes it lets nobody in.
func TestABrokenFileOfTokens(t *testing.T) {
	s := newServed(t, "")
	if _, _, err := s.p.NewToken(project.TokenOptions{}); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(s.p.TokensPath())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "cut": string(good[:len(good)/2]), "another version": strings.Replace(string(good), `: 1`, `: 2`, 1),
		"two in one": string(bytes.Repeat(good, 2)), "an unknown key": strings.Replace(string(good), `"created"`, `"most"`, 1),
	} {
		if err := os.WriteFile(s.p.TokensPath(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := s.p.Tokens(); err == nil {
			t.Errorf("%s: %d tokens", name, len(list))
		}
	}
}
