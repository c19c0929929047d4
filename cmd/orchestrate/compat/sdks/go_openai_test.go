package sdks

import (
	"context"
	"fmt"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

func (e env) openai() openai.Client {
	return openai.NewClient(option.WithBaseURL(e.base+"/v1"), option.WithAPIKey("any"), option.WithHTTPClient(e.http), option.WithMaxRetries(0))
}

var parameters = object{"type": "object", "properties": object{"place": object{"type": "string"}}, "required": []string{"place"}}

func openaiChat(ctx context.Context, e env) (string, error) {
	client := e.openai()
	p := openai.ChatCompletionNewParams{Model: "gpt-4o", MaxCompletionTokens: param.NewOpt[int64](1000),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(prompt)}}
	if e.stream && e.variant != "usage unasked" {
		p.StreamOptions.IncludeUsage = param.NewOpt(true)
	}
	if e.tools {
		p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: "look", Parameters: parameters})}
	}
	for {
		message, err := openaiMessage(ctx, e, client, p)
		if err != nil || len(message.ToolCalls) == 0 {
			return message.Content, err
		}
		call := message.ToolCalls[0]
		if call.Function.Name != "look" || call.Function.Arguments != `{"place":"here"}` {
			return "", fmt.Errorf("the call is %+v", call.Function)
		}
		p.Messages = append(p.Messages, message.ToParam(), openai.ToolMessage("the tool said so", call.ID))
	}
}

func openaiMessage(ctx context.Context, e env, client openai.Client, p openai.ChatCompletionNewParams) (m openai.ChatCompletionMessage, err error) {
	if !e.stream {
		r, err := client.Chat.Completions.New(ctx, p)
		if err != nil {
			return m, err
		}
		return r.Choices[0].Message, nil
	}
	stream := client.Chat.Completions.NewStreaming(ctx, p)
	defer stream.Close()
	var whole openai.ChatCompletionAccumulator
	for stream.Next() {
		chunk := stream.Current()
		whole.AddChunk(chunk)
		if len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			e.heard()
		}
	}
	if len(whole.Choices) > 0 {
		m = whole.Choices[0].Message
	}
	return m, stream.Err()
}

func openaiResponses(ctx context.Context, e env) (string, error) {
	client := e.openai()
	items := responses.ResponseInputParam{responses.ResponseInputItemParamOfMessage(prompt, responses.EasyInputMessageRoleUser)}
	p := responses.ResponseNewParams{Model: "gpt-4o", MaxOutputTokens: param.NewOpt[int64](1000)}
	if e.tools {
		p.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction("look", parameters, false)}
	}
	for {
		p.Input.OfInputItemList = items
		r, err := openaiResponse(ctx, e, client, p)
		if err != nil || len(r.Output) == 0 || r.Output[0].Type != "function_call" {
			return r.OutputText(), err
		}
		call := r.Output[0].AsFunctionCall()
		if call.Name != "look" || call.Arguments != `{"place":"here"}` {
			return "", fmt.Errorf("the call is %+v", call)
		}
		output := responses.ResponseInputItemParamOfFunctionCallOutput("the tool said so")
		output.OfFunctionCallOutput.CallID = param.NewOpt(call.CallID)
		items = append(items, responses.ResponseInputItemParamOfFunctionCall(call.Arguments, call.CallID, call.Name), output)
	}
}

func openaiResponse(ctx context.Context, e env, client openai.Client, p responses.ResponseNewParams) (responses.Response, error) {
	if !e.stream {
		r, err := client.Responses.New(ctx, p)
		if err != nil {
			return responses.Response{}, err
		}
		return *r, nil
	}
	stream := client.Responses.NewStreaming(ctx, p)
	defer stream.Close()
	var whole responses.Response
	for stream.Next() {
		switch event := stream.Current(); event.Type {
		case "response.output_text.delta":
			e.heard()
		case "response.completed":
			whole = event.AsResponseCompleted().Response
		case "error":
			return whole, fmt.Errorf("told: %s", event.Message)
		}
	}
	return whole, stream.Err()
}

func openaiEmbeddings(ctx context.Context, e env) (string, error) {
	client := e.openai()
	r, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "text-embedding-3-small",
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{prompt}}})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(r.Data[0].Embedding), nil
}
