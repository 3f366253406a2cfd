import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { clientAddress } from '../../src/access/address.ts'

const from = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

test('without a proxy of ours nobody says where they come from', () => {
  const addressOf = clientAddress([])
  assert.equal(addressOf(from('203.0.113.9', '1.2.3.4')), '203.0.113.9')
  assert.equal(addressOf(from('::ffff:203.0.113.9')), '203.0.113.9')
})

test('a proxy of ours is believed about whom it heard, and nobody before it', () => {
  const addressOf = clientAddress(['10.0.0.0/8', '::1'])
  assert.equal(addressOf(from('10.1.2.3', '6.6.6.6, 1.2.3.4')), '1.2.3.4')
  assert.equal(addressOf(from('::1', '6.6.6.6, 1.2.3.4, 10.9.9.9')), '1.2.3.4')
  assert.equal(addressOf(from('10.1.2.3')), '10.1.2.3')
  assert.equal(addressOf(from('10.1.2.3', 'unknown, , x')), '10.1.2.3')
  assert.equal(addressOf(from('192.0.2.1', '1.2.3.4')), '192.0.2.1')
})

test('a port is no part of an address, and what cannot be read hides nobody behind it', () => {
  const addressOf = clientAddress(['127.0.0.1'])
  assert.equal(addressOf(from('127.0.0.1', '6.6.6.6, 1.2.3.4:5678')), '1.2.3.4')
  assert.equal(addressOf(from('127.0.0.1', '6.6.6.6, [2001:db8::1]:5678')), '2001:db8:0:0::/64')
  assert.equal(addressOf(from('127.0.0.1', '6.6.6.6, _hidden')), '127.0.0.1')
  assert.equal(addressOf(from('127.0.0.1', '6.6.6.6, ')), '127.0.0.1')
})

test('one address has one spelling', () => {
  const addressOf = clientAddress(['127.0.0.1'])
  const spellings = ['2001:0db8:0000:0:0::1', '2001:DB8::1', '2001:db8:0:0:1::']
  assert.deepEqual(
    new Set(spellings.map((spelling) => addressOf(from('127.0.0.1', spelling)))),
    new Set(['2001:db8:0:0::/64']),
  )
  assert.equal(addressOf(from('127.0.0.1', '::ffff:102:304')), '1.2.3.4')
})

test('of IPv6 a whole network is one caller', () => {
  const addressOf = clientAddress([])
  assert.equal(addressOf(from('2001:db8:1:2:3:4:5:6')), '2001:db8:1:2::/64')
  assert.equal(addressOf(from('2001:db8:1:2:ffff::9')), '2001:db8:1:2::/64')
  assert.equal(addressOf(from('2001:db8::1')), '2001:db8:0:0::/64')
  assert.equal(addressOf(from('fe80::1%eth0')), 'fe80:0:0:0::/64')
})
