package command

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// allowed are the variables that a child gets of this process's environment. What is not named is not passed: keys have
// names that nobody can list.
var allowed = func() map[string]bool {
	set := make(map[string]bool)
	for name := range strings.FieldsSeq(`PATH HOME USER LOGNAME SHELL PWD LANG LANGUAGE TZ TERM COLORTERM NO_COLOR TMPDIR TMP TEMP
		SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS
		SYSTEMROOT WINDIR SYSTEMDRIVE COMSPEC PATHEXT USERPROFILE USERNAME HOMEDRIVE HOMEPATH PROGRAMFILES PROGRAMDATA`) {
		set[name] = true
	}
	return set
}()

// passed is the part of an environment that a child gets: what is allowed, locales, and the names in more.
func passed(environ, more []string) map[string]string {
	env := make(map[string]string)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if allowed[strings.ToUpper(name)] || strings.HasPrefix(name, "LC_") || slices.Contains(more, name) {
			env[name] = value
		}
	}
	return env
}

// atHome are the directories that agents keep their things in, below a home of the child's own.
var atHome = map[string]string{
	"CODEX_HOME": "codex", "CLAUDE_CONFIG_DIR": "claude", "GEMINI_CLI_HOME": "gemini",
	"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache",
}

// sdkVariables are where the official SDKs of a format look for their address and key.
var sdkVariables = map[string]struct{ address, key string }{
	"openai":    {"OPENAI_BASE_URL", "OPENAI_API_KEY"},
	"anthropic": {"ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"},
	"gemini":    {"GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY"},
}

// environment is all that the child of a task has in its environment, sorted. The directories of its home are made.
func (s *setting) environment(pass []string) ([]string, error) {
	env := passed(os.Environ(), pass)
	for name, dir := range atHome {
		env[name] = filepath.Join(s.home, dir)
		if err := os.MkdirAll(env[name], 0o700); err != nil {
			return nil, err
		}
	}
	if sdk, known := sdkVariables[s.endpoint.Kind]; known {
		env[sdk.address], env[sdk.key] = s.endpoint.BaseURL, s.endpoint.Token
	}
	maps.Copy(env, s.variables)
	env["PWD"] = s.dir
	env["ORCHESTRATE_BASE_URL"], env["ORCHESTRATE_TOKEN"], env["ORCHESTRATE_TASK"] = s.endpoint.BaseURL, s.endpoint.Token, s.task.ID
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list, nil
}
