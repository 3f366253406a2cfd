// shows: A1, A3
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextExchange } from '../../src/gateway/continuing/next-exchange.ts'
import { Telling } from '../../src/gateway/continuing/telling.ts'
import type { GoesOn } from '../../src/gateway/continuing/unfinished.ts'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { withFiles } from '../../src/gateway/files/by-address.ts'
import type { ChatCall } from '../../src/language.ts'
import type { Network } from '../../src/network.ts'

const png = Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1')
const url = new URL('https://pictures.example/once.png')
const file = { type: 'file', mediaType: 'image/*', data: { type: 'url', url } } as const
const call: ChatCall = { prompt: [{ role: 'user', content: [file] }] }

test('whoever goes on with an answer is given the file that was fetched for it', async () => {
  const asked: string[] = []
  const network: Network = {
    open: ({ url: at }, { head, data, ended }) => {
      asked.push(at)
      queueMicrotask(() => {
        head(200, {})
        data(png)
        ended()
      })
      return { pause: () => undefined, resume: () => undefined, abort: () => undefined }
    },
  }
  const wire = { model: 'm', stream: true, call, form: {} }
  const asker = { tenant: 't', home: 'h', kind: 'owner', id: 'owner' }
  const exchange = { asker, asked: () => wire, json: { model: 'm' }, body: Buffer.from('{}') } as unknown as Exchange
  const goesOn = { telling: Telling.of({ text: 'It is a', open: 'text', stream: () => assert.fail() }) } as GoesOn
  const next = nextExchange(exchange, goesOn) ?? assert.fail()
  for (const one of [exchange, next]) {
    const at = {
      network,
      exchange: one,
      manifest: { abilities: ['images'], fetchesNothing: true },
      model: { supportedUrls: {} },
      signal: new AbortController().signal,
    } as const
    const [{ content } = assert.fail()] = await withFiles(call, at, ({ prompt }) => Promise.resolve(prompt))
    assert.equal((content[0] as { readonly mediaType?: string }).mediaType, 'image/png')
  }
  assert.deepEqual(asked, [url.href])
})
