// shows: A4
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { worstCost } from '../../src/gateway/worst-cost.ts'

const prices = { input: 1_000_000, output: 1_000_000 }

const worst = (body: string) => {
  const asked = { protocol: 'anthropic-messages', body: Buffer.from(body), json: JSON.parse(body) } as const
  return worstCost({ provider: 'anthropic', prices, output: 100 }, asked)
}
const withBlocks = (...blocks: readonly string[]): string =>
  `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[${blocks.join()}]}]}`

test('what a document costs that stands elsewhere is not known, however it is named', () => {
  const source = '"source":{"type":"url","url":"https://example.com/a.pdf"}'
  for (const block of [
    `{"type":"document",${source}}`,
    `{${source},"type":"document"}`,
    `{"type":"document","citations":{"enabled":true},${source}}`,
    `{"type":"docum\\u0065nt",${source}}`,
    `{"type":"document","source":{"type":"file","file_id":"f"}}`,
    `{"type":"file","file":{"file\\u005fid":"f"}}`,
  ])
    assert.equal(worst(withBlocks(block)), undefined, block)
  const tool = '{"type":"tool_result","tool_use_id":"t","content":"a document, by its file_id"}'
  assert.notEqual(worst(withBlocks(tool)), undefined)
})

test('a document is not taken for a picture by what stands beside it', () => {
  const bytes = 'A'.repeat(400_000)
  const pdf = `{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"${bytes}"}}`
  const least = worst(withBlocks(pdf))?.input ?? 0
  const picture = `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"${bytes}"}}`
  assert.ok((worst(withBlocks(picture))?.input ?? Infinity) < least / 5)
  const small = '{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}'
  for (const blocks of [
    [pdf.replace('"source"', '"title":"image/png","source"')],
    [small, pdf.replace('"media_type":"application/pdf",', '').replace(/"}}$/, '","media_type":"application/pdf"}}')],
    [pdf.replace('"media_type":"application', '"media_type":"image/png","media_type":"application')],
    [pdf.replace('"application/pdf"', '"image/png"').replace(/"}}$/, '","media_type":"application/pdf"}}')],
  ])
    assert.ok((worst(withBlocks(...blocks))?.input ?? 0) >= least, blocks.join().slice(0, 150))
})
