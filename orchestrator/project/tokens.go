package project

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Token is what is known of a client's token: never the token itself, which is shown once.
type Token struct {
	Name    string       `json:"name"`
	Digest  string       `json:"digest"` // SHA-256, in hexadecimal digits
	Label   string       `json:"label,omitempty"`
	Task    string       `json:"task,omitempty"`
	Worker  string       `json:"worker,omitempty"`
	Limit   budget.Limit `json:"limit"`
	Created time.Time    `json:"created"`
	Expires time.Time    `json:"expires,omitzero"` // zero is never
	Revoked time.Time    `json:"revoked,omitzero"` // zero is not. It stays in the file, so that nobody inherits its name and its books
}

// TokenOptions are what a new token opens.
type TokenOptions struct {
	Label  string        // that its calls are charged to beside, and what it is called after; "" is none, and "client"
	Task   string        // the task of [ServeRun] that its calls are charged to; "" is one of its own
	Worker string        // the worker; "" is one that clients share
	Limit  budget.Limit  // what it may spend, ever
	Expiry time.Duration // from now on; 0 is never, and what is negative is over
}

// tokensVersion is the schema of the file.
const tokensVersion = 1

type tokenFile struct {
	Version int     `json:"schema_version"`
	Tokens  []Token `json:"tokens"`
}

// TokensPath is the file of the project's tokens. Commands replace it whole, a proxy that runs reads it again.
func (p *Project) TokensPath() string { return filepath.Join(p.stateDir(), "tokens.json") }

// Tokens are those that were made, in that order, the revoked among them.
func (p *Project) Tokens() ([]Token, error) {
	text, err := document.ReadRegular(p.TokensPath(), 16<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file tokenFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // what cannot be understood could be a limit
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", p.TokensPath(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: there is more after its end", p.TokensPath())
	}
	if file.Version != tokensVersion {
		return nil, fmt.Errorf("%s: schema version %d, and this program knows %d", p.TokensPath(), file.Version, tokensVersion)
	}
	return file.Tokens, nil
}

// NewToken makes a token, and keeps its digest. The text cannot be had again.
func (p *Project) NewToken(o TokenOptions) (t Token, text string, err error) {
	if bad := document.BadLabel(o.Label); o.Label != "" && bad != "" {
		return t, "", usagef("the label %s %s", document.Quote(o.Label), bad)
	}
	for what, name := range map[string]string{"worker": o.Worker, "task": o.Task} {
		if bad := document.BadName(name); name != "" && bad != "" {
			return t, "", usagef("the %s %s %s", what, document.Quote(name), bad)
		}
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	text = "orc_" + base64.RawURLEncoding.EncodeToString(random)
	now := time.Now().UTC().Truncate(time.Second)
	t = Token{Digest: digestOf(text), Label: o.Label, Task: o.Task, Worker: o.Worker, Limit: o.Limit, Created: now}
	if o.Expiry != 0 {
		t.Expires = now.Add(o.Expiry)
	}
	err = p.changeTokens(func(list []Token) ([]Token, error) {
		t.Name = p.freeName(o.Label, list)
		return append(list, t), nil
	})
	return t, text, err
}

// freeName is label, with a number if a client is called that, or charged to a task of that name: a token's own task is nobody
// else's.
func (p *Project) freeName(label string, list []Token) string {
	if label == "" {
		label = "client"
	}
	taken := map[string]bool{localClient: true}
	for _, t := range list {
		taken[t.Name], taken[t.Task] = true, true
	}
	for _, c := range p.Config.Serve.Clients {
		taken[c.Name] = true
	}
	label = strings.Join(strings.Fields(label), "-") // a name is typed
	name := label
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", label, n)
	}
	return name
}

// RevokeToken ends a token: a proxy that runs refuses it from the next request on.
func (p *Project) RevokeToken(name string) error {
	return p.changeTokens(func(list []Token) ([]Token, error) {
		for i, t := range list {
			if t.Name == name {
				if t.Revoked.IsZero() {
					list[i].Revoked = time.Now().UTC().Truncate(time.Second)
				}
				return list, nil
			}
		}
		return nil, usagef("there is no token %s (orchestrate serve token list)", document.Quote(name))
	})
}

// changeTokens replaces the file by what change makes of its tokens. The new file, which only one process can create, is the
// lock as well.
func (p *Project) changeTokens(change func([]Token) ([]Token, error)) (err error) {
	if err := os.MkdirAll(p.stateDir(), 0o700); err != nil {
		return err
	}
	next := p.TokensPath() + ".new"
	file, err := createAlone(next)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(next)
		}
	}()
	list, err := p.Tokens()
	if err == nil {
		list, err = change(list)
	}
	if err == nil {
		var text []byte
		if text, err = json.MarshalIndent(tokenFile{tokensVersion, list}, "", "  "); err == nil {
			_, err = file.Write(append(text, '\n'))
		}
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(next, p.TokensPath())
}

// createAlone creates a file that is not there, once whoever has it is done.
func createAlone(path string) (*os.File, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
		if wait > time.Second {
			return nil, fmt.Errorf("another command is writing %s; if none is, remove it", path)
		}
		time.Sleep(wait)
	}
}

func digestOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
