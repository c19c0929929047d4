package sdks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/ollama/ollama/api"
	"google.golang.org/genai"
)

func anthropicMessages(ctx context.Context, e env) (string, error) {
	client := anthropic.NewClient(option.WithBaseURL(e.base), option.WithAPIKey("any"), option.WithHTTPClient(e.http), option.WithMaxRetries(0))
	p := anthropic.MessageNewParams{Model: "claude-sonnet-4-5", MaxTokens: 1000,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))}}
	if e.tools {
		p.Tools = []anthropic.ToolUnionParam{anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{
			Properties: parameters["properties"], Required: []string{"place"}}, "look")}
	}
	for {
		m, err := anthropicMessage(ctx, e, client, p)
		if err != nil || len(m.Content) == 0 {
			return "", err
		}
		if m.Content[0].Type != "tool_use" {
			return m.Content[0].Text, nil
		}
		use := m.Content[0].AsToolUse()
		if use.Name != "look" || string(use.Input) != `{"place":"here"}` {
			return "", fmt.Errorf("the call is %s %s", use.Name, use.Input)
		}
		p.Messages = append(p.Messages, m.ToParam(), anthropic.NewUserMessage(anthropic.NewToolResultBlock(use.ID, "the tool said so", false)))
	}
}

func anthropicMessage(ctx context.Context, e env, client anthropic.Client, p anthropic.MessageNewParams) (m anthropic.Message, err error) {
	if !e.stream {
		r, err := client.Messages.New(ctx, p)
		if err != nil {
			return m, err
		}
		return *r, nil
	}
	stream := client.Messages.NewStreaming(ctx, p)
	defer stream.Close()
	for stream.Next() {
		event := stream.Current()
		if err := m.Accumulate(event); err != nil {
			return m, err
		}
		if event.Delta.Text != "" {
			e.heard()
		}
	}
	return m, stream.Err()
}

func (e env) genai(ctx context.Context) (*genai.Client, error) {
	return genai.NewClient(ctx, &genai.ClientConfig{APIKey: "any", Backend: genai.BackendGeminiAPI, HTTPClient: e.http,
		HTTPOptions: genai.HTTPOptions{BaseURL: e.base}})
}

func genaiGenerate(ctx context.Context, e env) (string, error) {
	client, err := e.genai(ctx)
	if err != nil {
		return "", err
	}
	config := &genai.GenerateContentConfig{MaxOutputTokens: 1000}
	if e.tools {
		config.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{Name: "look",
			Parameters: &genai.Schema{Type: genai.TypeObject, Properties: map[string]*genai.Schema{"place": {Type: genai.TypeString}}}}}}}
	}
	contents := []*genai.Content{genai.NewContentFromText(prompt, genai.RoleUser)}
	for {
		var text strings.Builder
		var call *genai.FunctionCall
		take := func(r *genai.GenerateContentResponse) {
			for _, part := range r.Candidates[0].Content.Parts {
				text.WriteString(part.Text)
				if part.FunctionCall != nil {
					call = part.FunctionCall
				}
			}
		}
		if e.stream {
			for r, err := range client.Models.GenerateContentStream(ctx, "gemini-2.5-flash", contents, config) {
				if err != nil {
					return text.String(), err
				}
				take(r)
				e.heard()
			}
		} else {
			r, err := client.Models.GenerateContent(ctx, "gemini-2.5-flash", contents, config)
			if err != nil {
				return "", err
			}
			take(r)
		}
		if call == nil {
			return text.String(), nil
		}
		if call.Name != "look" || call.Args["place"] != "here" {
			return "", fmt.Errorf("the call is %+v", call)
		}
		contents = append(contents, genai.NewContentFromParts([]*genai.Part{{FunctionCall: call}}, genai.RoleModel),
			genai.NewContentFromFunctionResponse("look", map[string]any{"output": "the tool said so"}, genai.RoleUser))
	}
}

func genaiEmbed(ctx context.Context, e env) (string, error) {
	client, err := e.genai(ctx)
	if err != nil {
		return "", err
	}
	r, err := client.Models.EmbedContent(ctx, "gemini-embedding-001", []*genai.Content{genai.NewContentFromText(prompt, genai.RoleUser)}, nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(r.Embeddings[0].Values), nil
}

func (e env) ollama() (*api.Client, error) {
	base, err := url.Parse(e.base)
	if err != nil {
		return nil, err
	}
	return api.NewClient(base, e.http), nil
}

func ollamaChat(ctx context.Context, e env) (string, error) {
	client, err := e.ollama()
	if err != nil {
		return "", err
	}
	p := &api.ChatRequest{Model: "llama3.2", Stream: &e.stream, Options: object{"num_predict": 1000}, Messages: []api.Message{{Role: "user", Content: prompt}}}
	if e.tools {
		if err := json.Unmarshal([]byte(`[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{"place":{"type":"string"}}}}}]`),
			&p.Tools); err != nil {
			return "", err
		}
	}
	for {
		var whole api.Message
		err := client.Chat(ctx, p, func(r api.ChatResponse) error {
			whole.Role, whole.Content = r.Message.Role, whole.Content+r.Message.Content
			whole.ToolCalls = append(whole.ToolCalls, r.Message.ToolCalls...)
			e.heard()
			return nil
		})
		if err != nil || len(whole.ToolCalls) == 0 {
			return whole.Content, err
		}
		if call := whole.ToolCalls[0].Function; call.Name != "look" || call.Arguments.String() != `{"place":"here"}` {
			return "", fmt.Errorf("the call is %+v", call)
		}
		p.Messages = append(p.Messages, whole, api.Message{Role: "tool", Content: "the tool said so"})
	}
}

func ollamaEmbed(ctx context.Context, e env) (string, error) {
	client, err := e.ollama()
	if err != nil {
		return "", err
	}
	r, err := client.Embed(ctx, &api.EmbedRequest{Model: "nomic-embed-text", Input: prompt})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(r.Embeddings[0]), nil
}
