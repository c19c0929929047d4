package count_test

import (
	"encoding/base64"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// A request sends an image beside a question; it counts by its size and the model's rule.
func Example_image() {
	dot, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	r := &wire.Request{Model: "gpt-4o", MaxOutput: 100, Messages: []wire.Message{{Role: wire.User, Parts: []wire.Part{
		wire.TextPart("Which colour is it?"), wire.ImagePart("image/png", dot),
	}}}}
	body, err := openai.Format.Encode(r)
	fmt.Printf("%.120s... %v\n", body, err)
	fmt.Println(count.Of(r).Tokens, "tokens, with the image")
	// Output:
	// {"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"Which colour is it?"},{"type":"image_url"... <nil>
	// 267 tokens, with the image
}
