import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAddress } from '../../src/store/external/address.ts'

const plain = { host: 'db', port: 5432, user: 'u', password: 'p', database: 'd', ssl: 'prefer' }

const good: readonly (readonly [url: string, expected: object])[] = [
  ['postgres://u:p@db/d', plain],
  ['postgresql://u:p@db:6000/d', { ...plain, port: 6000 }],
  ['postgres://u:p@db', { ...plain, database: 'u' }],
  ['postgres://a%40b:c%2Fd%3A%25+e@db/f%20g', { ...plain, user: 'a@b', password: 'c/d:%+e', database: 'f g' }],
  ['postgres://u:p:q@db/d', { ...plain, password: 'p:q' }],
  ['postgres://db/d?user=u&password=p%2B+', { ...plain, password: 'p++' }],
  ['postgres://u:p@/d?host=db&port=6000', { ...plain, port: 6000 }],
  ['postgres://u:p@%2Frun%2Fpg/d', { ...plain, host: '/run/pg', ssl: false }],
  ['postgres:///d?host=/run/pg&user=u&password=p&sslmode=require', { ...plain, host: '/run/pg', ssl: false }],
  ['postgres://u:p@one,two:6000/d', { ...plain, host: 'one:5432,two:6000', target_session_attrs: 'read-write' }],
  ['postgres://u:p@[::1]:6000/d', { ...plain, host: ['::1'], port: [6000] }],
  ['postgres://u:p@db/d?sslmode=disable', { ...plain, ssl: false }],
  ['postgres://u:p@db/d?sslmode=require', { ...plain, ssl: { rejectUnauthorized: false } }],
  ['postgres://u:p@db/d?sslmode=verify-full', { ...plain, ssl: { rejectUnauthorized: true } }],
  ['postgres://u:p@db/d?sslrootcert=system', { ...plain, ssl: { rejectUnauthorized: true } }],
  [
    'postgres://u:p@10.0.0.1/d?sslmode=verify-full',
    { ...plain, host: '10.0.0.1', ssl: { rejectUnauthorized: true, host: '10.0.0.1' } },
  ],
  ['postgres://u:p@db/d?application_name=x&connect_timeout=3&channel_binding=prefer', plain],
]

const bad: readonly (readonly [url: string, reason: RegExp])[] = [
  ['http://u:p@db/d', /does not look like/],
  ['postgres:/u:p@db/d', /does not look like/],
  ['postgres://u:p@db:0/d', /port/],
  ['postgres://u:p@db:99999/d', /port/],
  ['postgres://u:p@db:5432x/d', /port/],
  ['postgres://u:%@db/d', /hexadecimal/],
  ['postgres://u:p@db/d?sslmode=on', /sslmode/],
  ['postgres://u:p@db/d?options=-csearch_path%3Dx', /options/],
  ['postgres://u:p@db/d?sslmode=verify-ca&sslrootcert=/nowhere/at/all', /sslrootcert/],
  ['postgres://u:p@[::1],two/d', /IPv6/],
]

describe('the address of a database', () => {
  for (const [url, expected] of good) {
    it(`is read: ${url}`, () => assert.deepEqual(readAddress(url), expected))
  }
  for (const [url, reason] of bad) {
    it(`is refused: ${url}`, () => {
      assert.throws(() => readAddress(url), { code: 'store.address-malformed', message: reason })
    })
  }
})
