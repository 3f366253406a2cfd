// shows: A9
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Vault } from '../../src/feature.ts'
import { secret } from '../../src/secrets/actor.ts'
import { openSecret, sealedUnder } from '../../src/secrets/sealed-under.ts'

/** Opens only under the words that it was sealed under, as the real one does. */
const vault: Vault = {
  seal: (text, about) => JSON.stringify({ text, about }),
  open: (sealed, about) => {
    const found = JSON.parse(sealed) as { readonly text: string; readonly about: string }
    assert.equal(found.about, about)
    return found.text
  },
}

test('a secret is opened by its own name in its own tenant, and by nothing else [A9]', () => {
  const sealed = vault.seal('the key', sealedUnder('main', 'api'))
  const state = secret.evolve(null, { type: 'secret.put', sealed, note: null, at: 1 } as { readonly type: string })
  const documents = new Map([['main/secret.api', secret.reference?.of(state)]])
  const tools = { vault, references: { get: (tenant: string, name: string) => documents.get(`${tenant}/${name}`) } }
  assert.equal(openSecret(tools, 'main', 'api'), 'the key')
  assert.equal(openSecret(tools, 'other', 'api'), undefined)
  assert.equal(openSecret(tools, 'main', 'another'), undefined)
  documents.set('main/secret.another', sealed)
  assert.throws(() => openSecret(tools, 'main', 'another'))
  documents.set('main/secret.api', secret.reference?.of(secret.evolve(state, { type: 'secret.removed' })))
  assert.equal(openSecret(tools, 'main', 'api'), undefined)
})
