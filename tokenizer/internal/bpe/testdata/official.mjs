// Answers with what OpenAI's own tokenizer makes of texts. Run in this directory after npm install:
//
//   node official.mjs o200k_base
//
// Each line of the input is a text as a JSON string; each line of the output is its number of tokens and the
// FNV-1a hash of their numbers, a 32-bit word at a time.
import { createInterface } from 'node:readline'
import { get_encoding } from 'tiktoken'

const encoding = get_encoding(process.argv[2])
let out = []
const flush = () => { if (out.length) process.stdout.write(out.join('\n') + '\n'); out = [] }
for await (const line of createInterface({ input: process.stdin })) {
  const tokens = encoding.encode_ordinary(JSON.parse(line))
  let hash = 0x811c9dc5
  for (const token of tokens) hash = Math.imul(hash ^ token, 0x01000193) >>> 0
  out.push(tokens.length + ' ' + hash)
  if (out.length >= 256) flush()
}
flush()
