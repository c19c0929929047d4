package reading

import "fmt"

// Overlaid refuses a request that says under extra_body what decides what it costs, which is one of keys: gateways (LiteLLM) put
// that over the request. Clients that merge it themselves never send it.
func Overlaid(top Object, keys Names) error {
	raw := top.Get("extra_body")
	if raw == nil || raw[0] != '{' {
		return nil
	}
	over, err := Members(raw)
	if err != nil {
		return fmt.Errorf("extra_body: %w", err)
	}
	for _, m := range over {
		if name, ok := keys[Fold(m.Key)]; ok {
			return fmt.Errorf("extra_body: some gateways put %q over the request: write it beside the rest", name)
		}
	}
	return nil
}
