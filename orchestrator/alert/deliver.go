package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A delivery may take so long, and a webhook is tried so often.
const (
	longest = 30 * time.Second
	tries   = 3
	pause   = time.Second // before the second try; twice as long before the third
)

// deliver brings an alert to a target. The error does not name the webhook's URL.
func deliver(ctx context.Context, t Target, a Alert) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if t.Command != nil {
		return run(ctx, t.Command, a)
	}
	var err error
	for try := range tries {
		if try > 0 {
			select {
			case <-time.After(pause << (try - 1)):
			case <-ctx.Done():
				return errors.Join(err, context.Cause(ctx))
			}
		}
		var again bool
		if again, err = post(ctx, t.Webhook, a.body(t.Format)); err == nil || !again {
			return err
		}
	}
	return err
}

// run runs a command with the alert on its standard input. Its environment is made, not inherited: it has no business with the
// keys of providers.
func run(ctx context.Context, command []string, a Alert) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the configuration's
	c.Stdin = bytes.NewReader(append(a.body(JSON), '\n'))
	c.WaitDelay = time.Second
	c.Env = []string{"ORCHESTRATE_ALERT=" + string(a.Kind), "ORCHESTRATE_ALERT_TEXT=" + a.Text}
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "TMPDIR", "SYSTEMROOT", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	said, err := c.CombinedOutput()
	if err == nil {
		return nil
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(said[:min(len(said), 400)])), "\n")
	return fmt.Errorf("%w: %s", err, line)
}

// post sends a body; again says whether another try may help.
func post(ctx context.Context, address string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("its address is no URL")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		if of := new(url.Error); errors.As(err, &of) {
			err = of.Err // without the URL
		}
		return true, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode/100 == 5, fmt.Errorf("it answers %s", resp.Status)
	}
	return false, nil
}

// client follows no redirect: what is posted goes where it was meant to.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
