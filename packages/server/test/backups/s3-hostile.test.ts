// shows: A9
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openPlace, type Place } from '../../src/backups/places/place.ts'
import { onlyWhenLong } from '@hearth/testing/long'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

/** What a storage must not be able to do, or whoever else may write to its bucket. */
async function withStorage(answer: Answer, act: (place: Place, asked: readonly string[]) => Promise<unknown>) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const settings = { s3Region: 'us-east-1', s3AccessKeyId: 'testing', s3SecretAccessKey: 'testing-secret' }
  const s3Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await act(await openPlace('s3://ours/backups', { ...settings, s3Endpoint }), asked)
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

const listed = (...keys: readonly string[]): string =>
  `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`

test('what is listed under names that lead elsewhere, or of others, is neither taken for a file nor removed', async () => {
  const list = listed('backups/a', 'backups/../../theirs/b', 'backups/./c', 'backups/&#46;&#x2e;/d', 'others/e')
  const uploads = '<Upload><Key>others/f</Key><UploadId>1</UploadId></Upload>'
  const answer: Answer = ({ method, url = '' }, response) => {
    if (method === 'DELETE') response.writeHead(204).end()
    else response.end(url.includes('uploads') ? uploads : list)
  }
  await withStorage(answer, async (place, asked) => {
    assert.deepEqual(await place.list(), ['a'])
    await place.clear()
    assert.deepEqual(
      asked.filter((each) => each.startsWith('DELETE')),
      ['DELETE /ours/backups/a'],
    )
    await assert.rejects(place.get('../../theirs/b'), { code: 'backup.destination-refused' })
    assert.equal(asked.filter((each) => each.includes('theirs')).length, 0)
  })
  const unset = { s3Endpoint: undefined, s3Region: 'x', s3AccessKeyId: 'x', s3SecretAccessKey: 'x' }
  await assert.rejects(openPlace('s3://ours/../theirs', unset), { code: 'backup.destination-unset' })
})

test('a list that has no end, an answer that has none, and one that breaks off are told', async () => {
  const endless = '<NextContinuationToken>again</NextContinuationToken>'
  const answers: readonly Answer[] = [
    (_request, response) => response.end(endless),
    (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
      }
      response.on('drain', more)
      more()
    },
    (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('<List', () => response.destroy())
    },
  ]
  for (const answer of answers)
    await withStorage(answer, async (place) => {
      await assert.rejects(place.list(), { code: 'backup.destination-away' })
    })
})

test('uploads that cannot be ended, and characters that are none, end no process', onlyWhenLong, async () => {
  const upload = '<Upload><Key>backups/&#99999999;&#xffffffff;</Key><UploadId>1</UploadId></Upload>'
  const answer: Answer = ({ method, url = '' }, response) => {
    if (method === 'DELETE') response.writeHead(204).end()
    else response.end(url.includes('uploads') ? upload.repeat(1000) : listed())
  }
  await withStorage(answer, async (place, asked) => {
    await place.clear()
    assert.equal(asked.filter((each) => each.startsWith('DELETE')).length, 2000)
  })
})

test('no answer leads to another server', async () => {
  const answer: Answer = (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end()
  await withStorage(answer, async (place, asked) => {
    await assert.rejects(place.list(), { code: 'backup.destination-refused' })
    assert.equal(asked.length, 1)
  })
})
