// shows: D13
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { HomeKeyCache } from '../src/home-key-cache.ts'
import { homeKeyName, makeHomeKey, self } from '../src/home-keys.ts'
import { masterKey } from '../src/seal.ts'

test('a key that was read before its person was forgotten does not come back when its answer comes after', () => {
  const master = masterKey(randomBytes(32))
  const cache = new HomeKeyCache(10)
  const name = homeKeyName('main', 'ann', self)
  const [old, fresh] = [makeHomeKey(master, 'main', 'ann', self), makeHomeKey(master, 'main', 'ann', self)]
  cache.set(name, fresh.key, 17)
  cache.open([old.row], master, () => assert.fail('it is not damaged'))
  assert.ok(cache.get(name)?.equals(fresh.key))
  cache.open([{ ...fresh.row, since: 17 }], master, () => assert.fail('it is not damaged'))
  assert.ok(cache.get(name)?.equals(fresh.key))
  const again = makeHomeKey(master, 'main', 'ann', self)
  cache.open([{ ...again.row, since: 40 }], master, () => assert.fail('it is not damaged'))
  assert.deepEqual([cache.get(name)?.equals(again.key), cache.since(name)], [true, 40])
})
