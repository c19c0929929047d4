package dashboard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/dashboard"
)

// open serves a page over an API that says which path it was asked for.
func open(t *testing.T) (base, token string) {
	t.Helper()
	says := func(what string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			fmt.Fprint(w, what, " ", req.Method, " ", req.URL.Path)
		})
	}
	d, err := dashboard.Open(dashboard.Default, says("api"), says("metrics"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	token, _ = strings.CutPrefix(u.Fragment, "token=")
	return "http://" + u.Host, token
}

// TestWhoGetsWhat: the page is for whoever reaches it, what it shows for whoever has the token, and nothing for another host's
// page.
func TestWhoGetsWhat(t *testing.T) {
	base, token := open(t)
	own := strings.TrimPrefix(base, "http://")
	_, port, _ := strings.Cut(own, ":")
	for name, tt := range map[string]struct {
		method, path, host, origin, bearer string
		status                             int
		says                               string
	}{
		"the page":                          {path: "/", status: 200, says: "<!doctype html>"},
		"its script":                        {path: "/app.js", status: 200, says: "use strict"},
		"its licence":                       {path: "/LICENSE.uplot.txt", status: 200, says: "MIT"},
		"no other file":                     {path: "/doc.go", status: 404},
		"out of the page":                   {path: "/..%2fdoc.go", status: 404},
		"by the other name":                 {path: "/", host: "localhost:" + port, status: 200},
		"the API":                           {path: "/api/v1/status", bearer: token, status: 200, says: "api GET /api/v1/status"},
		"from its own page":                 {method: "POST", path: "/api/v1/pause", origin: base, bearer: token, status: 200, says: "api POST"},
		"without a token":                   {path: "/api/v1/status", status: 401, says: "token"},
		"with another":                      {path: "/api/v1/status", bearer: token[1:], status: 401},
		"with the token as a name":          {method: "POST", path: "/api/v1/pause?token=" + token, status: 401},
		"from another page":                 {method: "POST", path: "/api/v1/pause", origin: "https://elsewhere.example", bearer: token, status: 403},
		"from another page of this machine": {method: "POST", path: "/api/v1/pause", origin: "http://127.0.0.1:1", bearer: token, status: 403},
		"from no page at all":               {method: "POST", path: "/api/v1/pause", origin: "null", bearer: token, status: 403},
		"under another host":                {path: "/", host: "elsewhere.example", status: 403},
		"under a host that begins alike":    {path: "/", host: own + ".elsewhere.example", status: 403},
		"metrics":                           {path: "/metrics", status: 200, says: "metrics GET"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, base+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.host != "" {
			req.Host = tt.host
		}
		if tt.origin != "" {
			req.Header.Set("Origin", tt.origin)
		}
		if tt.bearer != "" {
			req.Header.Set("Authorization", "Bearer "+tt.bearer)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s: %d %.80s, want %d and %q", name, resp.StatusCode, body, tt.status, tt.says)
		}
		if policy := resp.Header.Get("Content-Security-Policy"); tt.status == 200 && (strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'")) {
			t.Errorf("%s: policy %q", name, policy)
		}
	}
}

// TestAStillPageIsForWhoeverHasItsAddress: nothing else is there.
func TestAStillPageIsForWhoeverHasItsAddress(t *testing.T) {
	d, err := dashboard.Still(dashboard.Default, []byte("<!doctype html>the report"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{u.Path: 200, "/": 404, "/app.js": 404, strings.TrimSuffix(u.Path, "/")[:5] + "/": 404, u.Path + "more": 404} {
		resp, err := http.Get("http://" + u.Host + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || want == 200 && !strings.Contains(string(body), "the report") {
			t.Errorf("%s: %d %s, want %d", path, resp.StatusCode, body, want)
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "script") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

// TestThePageAsksNobodyElse: no part of it names another host, and no script or style stands in its markup.
func TestThePageAsksNobodyElse(t *testing.T) {
	base, _ := open(t)
	for _, path := range []string{"/", "/app.js", "/style.css"} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		for _, not := range []string{"http://", "https://", "<script>", "<style", "style=", "onclick", "innerHTML", "eval("} {
			if strings.Contains(string(body), not) {
				t.Errorf("%s has %q", path, not)
			}
		}
	}
}

func TestOnlyThisMachineIsServed(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.168.1.2:0", "example.com:80", "127.0.0.1", ""} {
		if d, err := dashboard.Open(address, nil, nil); err == nil {
			d.Close()
			t.Errorf("%q is served", address)
		}
	}
}
