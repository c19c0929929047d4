package gemini

import (
	"errors"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Where the output cap is, in either case.
var (
	configNames = []string{"generationConfig", "generation_config"}
	capNames    = []string{"maxOutputTokens", "max_output_tokens"}
)

// Encode lowers the cap of a foreign client's body to what was granted. Streams always report usage. The model stands in
// the address, which no body can change: of a foreign call, one that a middleware chose is refused.
func (c call) Encode(r *wire.Request) ([]byte, error) {
	switch {
	case r.Body == nil && !c.embeds():
		return c.build(r)
	case r.Body == nil:
		return nil, errors.New("encode the request: an embedding only passes on what a foreign client wrote")
	case c.name != "" && r.Model != c.model():
		return nil, errors.New("encode the request: the gemini format names the model in its address, and a middleware chose another")
	}
	p, err := reading.PatchBody(r, c)
	if err != nil {
		return nil, err
	}
	limit := reading.OutputCap(r)
	if limit == nil || c.embeds() {
		return p.Bytes(), nil
	}
	for _, name := range configNames {
		raw := p.Top.Get(name)
		if raw == nil {
			continue
		}
		config, err := reading.NewPatch(raw)
		if err != nil {
			return nil, reading.BodyError(err)
		}
		config.Limit(*limit, capNames[0], capNames...)
		p.Set(name, config.Bytes())
		return p.Bytes(), nil
	}
	config, err := reading.NewPatch([]byte("{}"))
	if err != nil {
		return nil, err
	}
	config.Limit(*limit, capNames[0])
	p.Set(absent(p.Top), config.Bytes())
	return p.Bytes(), nil
}

// absent is the name under which a body without a configuration gets one: that of a null in its place.
func absent(top reading.Object) string {
	for _, m := range top {
		if m.Key == configNames[1] {
			return m.Key
		}
	}
	return configNames[0]
}
