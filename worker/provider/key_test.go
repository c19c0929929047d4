package provider_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// keys are handed out in order; the last is the last.
type keys struct {
	list []string
	at   int
}

func (k *keys) Key(_ context.Context, refused string) (string, error) {
	if k.list[k.at] == refused && k.at+1 < len(k.list) {
		k.at++
	}
	if k.list[k.at] == "" {
		return "", errors.New("the vault is shut")
	}
	return k.list[k.at], nil
}

func TestARefusedKeyIsAskedForAgain(t *testing.T) {
	const old, fresh = "sk-old-0123456789abcdef", "sk-new-0123456789abcdef"
	tests := map[string]struct {
		keys  []string
		calls int
		class wire.Class // of the error, "" for none
		sent  bool
	}{
		"a key that is right":          {keys: []string{fresh}, calls: 1},
		"one that has expired":         {keys: []string{old, fresh}, calls: 2},
		"one that stays wrong":         {keys: []string{old}, calls: 1, class: wire.Auth, sent: true},
		"two that are wrong":           {keys: []string{old, old + "2", fresh}, calls: 2, class: wire.Auth, sent: true},
		"none":                         {keys: []string{""}, class: wire.Auth},
		"none after one that is wrong": {keys: []string{old, ""}, calls: 1, class: wire.Auth},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := providertest.NewServer()
			defer server.Close()
			server.RequireKey(fresh)
			client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL(openai.Format), Keys: &keys{list: tt.keys}})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt("hi"), MaxOutput: 9})
			if server.Calls() != tt.calls {
				t.Errorf("%d calls, want %d", server.Calls(), tt.calls)
			}
			if tt.class == "" {
				if err != nil || resp.Text == "" {
					t.Errorf("answer %+v, error %v", resp, err)
				}
				return
			}
			e := wire.AsError(err)
			if e.Class != tt.class || e.Sent != tt.sent || !e.Unbilled() {
				t.Errorf("%+v", e)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, e), "sk-") {
				t.Errorf("a key is in the error: %v", err)
			}
		})
	}
}

// script writes a program that says what a shell says.
func script(t *testing.T, lines string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell's")
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKeyCommand(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	k := provider.NewKeyCommand(script(t, `echo run >>"$1"; echo " key-$(wc -l <"$1" | tr -d ' ') "`), runs)
	var wait sync.WaitGroup
	for range 20 { // all wait for one run
		wait.Go(func() {
			if key, err := k.Key(context.Background(), ""); key != "key-1" || err != nil {
				t.Errorf("key %q, error %v", key, err)
			}
		})
	}
	wait.Wait()
	for range 20 { // twenty calls were refused, and one run is enough for them
		wait.Go(func() {
			if key, err := k.Key(context.Background(), "key-1"); key != "key-2" || err != nil {
				t.Errorf("key %q, error %v", key, err)
			}
		})
	}
	wait.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := k.Key(ctx, "key-2"); err == nil {
		t.Error("a call that has ended got a key")
	}
}

func TestAKeyCommandThatFails(t *testing.T) {
	for lines, want := range map[string]string{
		"echo not logged in >&2; echo key; exit 3": "exit status 3: not logged in",
		"true":           "said nothing",
		"echo a; echo b": "line break",
		"head -c 99999 </dev/zero | tr '\\0' k; exit 1": "exit status 1",
	} {
		_, err := provider.NewKeyCommand(script(t, lines)).Key(t.Context(), "")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "kkk") {
			t.Errorf("%s: %v, want %q", lines, err, want)
		}
	}
	if _, err := provider.NewKeyCommand("no-such-program-here").Key(t.Context(), ""); err == nil {
		t.Error("a program that is not there said a key")
	}
}
