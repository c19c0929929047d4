package config

import (
	"reflect"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

const served = `
[serve]
address = "0.0.0.0:443"
tls_cert = "cert.pem"
tls_key = "key.pem"
max_body = 1_000_000
max_in_flight = 10_000_000
read_timeout = "5s"
write_timeout = "6s"
refusal_status = 429

[[serve.clients]]
name = "ci"
token_env = "CI_TOKEN"
label = "customer-7"
worker = "builds"
max_tokens = "1M"
max_cost = "2.50"
expires = 2027-01-31T00:00:00Z
max_output_tokens = 4000
refusal_status = 402

[[serve.clients]]
name = "desk"
token_env = "DESK_TOKEN"
`

func TestServe(t *testing.T) {
	c, warnings, err := Parse("x", []byte(served))
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	want := Serve{
		Address: "0.0.0.0:443", TLSCert: "cert.pem", TLSKey: "key.pem", MaxBody: 1e6, MaxInFlight: 1e7,
		ReadTimeout: 5 * time.Second, WriteTimeout: 6 * time.Second, RefusalStatus: 429,
		Clients: []ServeClient{
			{
				Name: "ci", TokenEnv: "CI_TOKEN", Label: "customer-7", Worker: "builds", Limit: budget.TokenLimit(1_000_000).WithCost(2_500_000_000),
				Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Caps: wire.Caps{Most: 4000}, RefusalStatus: 402,
			},
			{Name: "desk", TokenEnv: "DESK_TOKEN"},
		},
	}
	if !reflect.DeepEqual(c.Serve, want) {
		t.Errorf("%+v\nwant\n%+v", c.Serve, want)
	}
	again, _, err := Parse("x", []byte(c.TOML()))
	if err != nil || !reflect.DeepEqual(again.Serve, want) {
		t.Errorf("what is printed reads otherwise, error %v:\n%s", err, c.TOML())
	}
	if _, says := Default().Table()["serve"]; says {
		t.Error("a project that configures no proxy prints one")
	}
}

func TestLoopbackAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:0": true, "localhost:80": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "10.0.0.1:80": false, "localhost.example:80": false, "127.0.0.1": false, "": false,
	} {
		if got := LoopbackAddress(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
