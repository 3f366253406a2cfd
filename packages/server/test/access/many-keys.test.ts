// shows: H1
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { features, type KnownCallers } from '@hearth/features'
import { HearthError, newId, type Json } from '@hearth/protocol'
import { createAttempts } from '../../src/access/attempts.ts'
import { authentication } from '../../src/doors/rest/caller.ts'

// A million takes the better part of a minute: .ci/full tries so many.
const tries = Number(process.env['HEARTH_TEST_KEYS'] ?? 50_000)

/** A thousand real keys, made by the operation that makes them. */
async function makeKeys() {
  const create = features.flatMap(({ operations }) => operations).find(({ name }) => name === 'keys.create')
  const actor = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'key')
  assert.ok(create?.type === 'command' && actor?.reference !== undefined)
  const documents = new Map<string, Json>()
  const secrets: string[] = []
  const principal = { tenant: 'main', kind: 'owner', id: 'owner', home: 'owner', scopes: ['*'] }
  for (let made = 0; made < 1000; made += 1) {
    const now = Date.UTC(2030, 0, 1) + made
    const { address, command } = await create.command({ name: 'x' }, {
      principal,
      now,
      permissions: new Set(),
      reference: () => undefined,
    } as never)
    const decision = actor.decide(null, command, { at: now, address } as never)
    assert.ok(decision.type === 'accept')
    const state = decision.events.reduce<unknown>((before, event) => actor.evolve(before, event), null)
    const { name, of } = actor.reference
    documents.set(typeof name === 'string' ? name : name(address), of(state))
    secrets.push((decision.answer as { readonly key: string }).key)
  }
  return { documents, secrets }
}

test('of very many keys that are tried none gets in, and the real ones do before, meanwhile and after', async () => {
  const { documents, secrets } = await makeKeys()
  const reference = (_tenant: string, name: string): Json | undefined => documents.get(name)
  const rings = features.flatMap(({ callers }): readonly KnownCallers[] =>
    callers === undefined ? [] : [callers({ tenants: () => ['main'], reference, now: () => 0 })],
  )
  const find = (shown: string) => rings.map((ring) => ring.find(shown)).find((known) => known !== undefined)
  const door = authentication({
    ownerKey: { matches: (key) => key === 'the-owner-s-key-is-this', fingerprint: '' },
    sessions: {
      issueToken: () => '',
      spendToken: () => false,
      begin: () => '',
      has: () => false,
      end: () => undefined,
    },
    known: { find, rateOf: () => null, note: () => undefined },
    attempts: createAttempts(),
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
  })
  let address = 0
  const show = (key: string): string => {
    // Each from another place, as far as anybody can tell, but for every third.
    address += 1
    const remoteAddress =
      address % 3 === 0 ? '192.0.2.1' : `10.${address & 255}.${(address >> 8) & 255}.${(address >> 16) & 255}`
    const request = { headers: { authorization: `Bearer ${key}` }, socket: { remoteAddress } }
    try {
      return door.once(request as unknown as IncomingMessage).id
    } catch (error) {
      assert.ok(error instanceof HearthError)
      return error.code
    }
  }
  const known = new Set(secrets)
  const outcomes = new Map<string, number>()
  const chance = randomBytes(64 * 1024).toString('base64url')
  for (let tried = 0; tried < tries; tried += 1) {
    const real = secrets[tried % secrets.length] as string
    const other = chance.slice(tried % 80_000, (tried % 80_000) + 43)
    // The id of a real key with another secret, one letter of a real key changed, and what is no key at all.
    const key =
      tried % 3 === 0
        ? `${real.slice(0, -43)}${other}`
        : tried % 3 === 1
          ? `${real.slice(0, -1 - (tried % 43))}${'-'}${real.slice(real.length - (tried % 43))}`
          : `hearth_${newId('key', tried).slice(4)}_${other}`
    const outcome = known.has(key) ? 'the same by chance' : show(key)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (tried % 10_000 === 0) assert.match(show(real), /^key_/)
  }
  outcomes.delete('the same by chance')
  assert.deepEqual([...outcomes.keys()].toSorted(), ['auth.key-unknown', 'auth.too-many-attempts'])
  assert.ok(secrets.slice(0, 50).every((key) => show(key).startsWith('key_')))
  assert.equal(show('the-owner-s-key-is-this'), 'owner')
})
