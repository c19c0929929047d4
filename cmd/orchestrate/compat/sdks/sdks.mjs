// Calls SDKs of JavaScript through a proxy. A line of standard input is a case, {"client", "shape", "variant"}; a line of
// standard output is what came of it, {"text", "error", "sums"}.
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { Ollama } from 'ollama'
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { createOpenAI } from '@ai-sdk/openai'
import { createAnthropic } from '@ai-sdk/anthropic'

const proxy = process.argv[2]
const said = 'the tool said so'
const prompt = 'Look. '.repeat(200) // more than is billed for, so that a hold covers it
const schema = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] }

// What clients read is summed on the way to them; a branch that a client leaves is read to its end all the same.
let sums, waits
const fetched = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const response = await fetched(input, init)
  if (response.status !== 200 || !response.body || !sums) return response
  const [theirs, ours] = response.body.tee()
  waits.push((async () => {
    const hash = createHash('sha256')
    for await (const piece of ours) hash.update(piece)
    sums.push(hash.digest('hex'))
  })().catch(() => {}))
  return new Response(theirs, { status: response.status, headers: response.headers })
}

const check = (name, args) => {
  const text = typeof args === 'string' ? args : JSON.stringify(args)
  if (name !== 'look' || text !== '{"place":"here"}') throw new Error(`the call is ${name} ${text}`)
}

const openai = new OpenAI({ baseURL: `${proxy}/openai/v1`, apiKey: 'any', maxRetries: 0 })
const anthropic = new Anthropic({ baseURL: `${proxy}/anthropic`, apiKey: 'any', maxRetries: 0 })
const genai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: `${proxy}/gemini` } })
const ai = createOpenAI({ baseURL: `${proxy}/openai/v1`, apiKey: 'any' })
const aiAnthropic = createAnthropic({ baseURL: `${proxy}/anthropic/v1`, apiKey: 'any' })

async function chat (c) {
  const messages = [{ role: 'user', content: prompt }]
  const request = { model: 'gpt-4o', max_completion_tokens: 1000, messages }
  if (c.tools) request.tools = [{ type: 'function', function: { name: 'look', parameters: schema } }]
  for (;;) {
    let message
    if (c.stream) {
      const usage = c.variant === 'usage unasked' ? {} : { stream_options: { include_usage: true } }
      message = { role: 'assistant', content: '' }
      for await (const chunk of await openai.chat.completions.create({ ...request, stream: true, ...usage }, { signal: c.signal })) {
        const delta = chunk.choices[0]?.delta
        message.content += delta?.content ?? ''
        if (delta?.tool_calls) message.tool_calls = delta.tool_calls
        if (delta?.content) c.heard()
      }
    } else message = (await openai.chat.completions.create(request)).choices[0].message
    if (!message.tool_calls) return message.content
    const call = message.tool_calls[0]
    check(call.function.name, call.function.arguments)
    messages.push(message, { role: 'tool', tool_call_id: call.id, content: said })
  }
}

async function responses (c) {
  const input = [{ role: 'user', content: prompt }]
  const request = { model: 'gpt-4o', max_output_tokens: 1000, input }
  if (c.tools) request.tools = [{ type: 'function', name: 'look', parameters: schema, strict: false }]
  for (;;) {
    let whole
    if (c.stream) {
      for await (const event of await openai.responses.create({ ...request, stream: true }, { signal: c.signal })) {
        if (event.type === 'response.output_text.delta') c.heard()
        if (event.type === 'response.completed') whole = event.response
        if (event.type === 'error') throw new Error(event.message)
      }
      if (!whole) return ''
    } else whole = await openai.responses.create(request)
    const item = whole.output[0]
    if (item.type !== 'function_call') return item.content[0].text
    check(item.name, item.arguments)
    input.push({ type: 'function_call', name: item.name, arguments: item.arguments, call_id: item.call_id },
      { type: 'function_call_output', call_id: item.call_id, output: said })
  }
}

async function messages (c) {
  const list = [{ role: 'user', content: prompt }]
  const request = { model: 'claude-sonnet-4-5', max_tokens: 1000, messages: list }
  if (c.tools) request.tools = [{ name: 'look', input_schema: schema }]
  for (;;) {
    let message
    if (c.stream) {
      const stream = anthropic.messages.stream(request, { signal: c.signal })
      stream.on('text', c.heard)
      message = await stream.finalMessage()
    } else message = await anthropic.messages.create(request)
    const block = message.content[0]
    if (block.type !== 'tool_use') return block.text
    check(block.name, block.input)
    list.push({ role: 'assistant', content: message.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: block.id, content: said }] })
  }
}

async function gemini (c) {
  const contents = [{ role: 'user', parts: [{ text: prompt }] }]
  const config = { maxOutputTokens: 1000, abortSignal: c.signal }
  if (c.tools) config.tools = [{ functionDeclarations: [{ name: 'look', parametersJsonSchema: schema }] }]
  for (;;) {
    const request = { model: 'gemini-2.5-flash', contents, config }
    let text = ''
    let call
    const take = answer => {
      text += answer.text ?? ''
      call ??= answer.functionCalls?.[0]
    }
    if (c.stream) {
      for await (const answer of await genai.models.generateContentStream(request)) {
        take(answer)
        c.heard()
      }
    } else take(await genai.models.generateContent(request))
    if (!call) return text
    check(call.name, call.args)
    contents.push({ role: 'model', parts: [{ functionCall: call }] },
      { role: 'user', parts: [{ functionResponse: { name: 'look', response: { output: said } } }] })
  }
}

async function ollamaChat (c) {
  const ollama = new Ollama({ host: `${proxy}/ollama` })
  const list = [{ role: 'user', content: prompt }]
  const request = { model: 'llama3.2', messages: list, options: { num_predict: 1000 } }
  if (c.tools) request.tools = [{ type: 'function', function: { name: 'look', parameters: schema } }]
  for (;;) {
    const message = { role: 'assistant', content: '' }
    const take = answer => {
      message.content += answer.message.content
      if (answer.message.tool_calls) message.tool_calls = answer.message.tool_calls
    }
    if (c.stream) {
      const stream = await ollama.chat({ ...request, stream: true })
      c.signal.addEventListener('abort', () => stream.abort())
      for await (const answer of stream) {
        take(answer)
        c.heard()
      }
    } else take(await ollama.chat({ ...request, stream: false }))
    if (!message.tool_calls) return message.content
    check(message.tool_calls[0].function.name, message.tool_calls[0].function.arguments)
    list.push(message, { role: 'tool', content: said, tool_name: 'look' })
  }
}

const vercel = model => async c => {
  const request = { model, prompt: prompt, maxOutputTokens: 1000, maxRetries: 0, abortSignal: c.signal, stopWhen: stepCountIs(3) }
  if (c.tools) {
    request.tools = { look: tool({ inputSchema: jsonSchema(schema), execute: args => { check('look', args); return said } }) }
  }
  if (!c.stream) return (await generateText(request)).text
  let text = ''
  for await (const part of streamText({ ...request, onError: () => {} }).fullStream) {
    if (part.type === 'text-delta') text += part.text
    if (part.type === 'text-delta') c.heard()
    if (part.type === 'error') throw part.error
    if (part.type === 'abort') throw new Error('aborted')
  }
  return text
}

const clients = {
  'npm openai': chat,
  'npm openai responses': responses,
  'npm openai embeddings': async () =>
    JSON.stringify((await openai.embeddings.create({ model: 'text-embedding-3-small', input: prompt, encoding_format: 'float' })).data[0].embedding),
  'npm anthropic': messages,
  'npm genai': gemini,
  'npm genai embeddings': async () =>
    JSON.stringify((await genai.models.embedContent({ model: 'gemini-embedding-001', contents: prompt })).embeddings[0].values),
  'npm ollama': ollamaChat,
  'npm ollama embeddings': async () =>
    JSON.stringify((await new Ollama({ host: `${proxy}/ollama` }).embed({ model: 'nomic-embed-text', input: prompt })).embeddings[0]),
  'npm ai, openai chat': vercel(ai.chat('gpt-4o')),
  'npm ai, openai responses': vercel(ai.responses('gpt-4o')),
  'npm ai, openai embeddings': async () =>
    JSON.stringify((await embed({ model: ai.embedding('text-embedding-3-small'), value: prompt, maxRetries: 0 })).embedding),
  'npm ai, anthropic': vercel(aiAnthropic('claude-sonnet-4-5'))
}

process.on('unhandledRejection', () => {})
for await (const line of createInterface({ input: process.stdin })) {
  const { client, shape, variant } = JSON.parse(line)
  const leave = new AbortController()
  sums = shape === 'cancel' ? undefined : [] // a second branch would keep the connection of one that was left
  waits = []
  const c = {
    variant, stream: shape.endsWith('stream') || shape === 'cancel', tools: shape.startsWith('tools'), signal: leave.signal,
    heard: () => { if (shape === 'cancel') leave.abort() }
  }
  const result = { text: '', error: '' }
  try {
    result.text = await clients[client](c)
  } catch (e) {
    result.error = String(e?.message || e)
  }
  await Promise.all(waits)
  console.log(JSON.stringify({ ...result, sums }))
}
