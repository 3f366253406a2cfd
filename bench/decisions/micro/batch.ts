import type { KeyObject } from 'node:crypto'
import { features } from '@hearth/features'
import { genesis, homeKeyName, makeHomeKey, masterKey, self, slotCount, slotOf } from '@hearth/kernel'
import type { Actor, CommandEnvelope, SlotState } from '@hearth/kernel'
import { formatAddress, type Address } from '@hearth/protocol'
import { decideBatch } from '../../../packages/kernel/src/deciding.ts'
import type { Deciding, Ground } from '../../../packages/kernel/src/ground.ts'
import type { Hot } from '../../../packages/kernel/src/hot.ts'

export const master = masterKey(Buffer.alloc(32, 7))
export const batchSize = 64

const addresses: readonly Address[] = Array.from({ length: batchSize }, (_, index) => ({
  tenant: 'main',
  home: `probe:s${String(index).padStart(6, '0')}`,
  kind: 'probe',
  id: `s${String(index).padStart(6, '0')}`,
}))

const envelopes: readonly CommandEnvelope[] = addresses.map((address, index) => ({
  type: 'command',
  id: `req_01k9tqz0000000000000000${String(index).padStart(3, '0')}`,
  address,
  command: { type: 'record', events: 3, url: null } as CommandEnvelope['command'],
  principal: 'owner',
  correlation: `req_01k9tqz0000000000000000${String(index).padStart(3, '0')}`,
  key: null,
  bytes: 300,
  present: (answer) => ({ status: 200, body: JSON.stringify(answer) }),
}))

/** The batch that a lane decides over and over: 64 commands of `probe.record` to actors that it holds. */
export function decideOnce(personal: boolean): () => Deciding {
  const ground = groundOf(personal)
  return () => decideBatch(envelopes, ground)
}

function groundOf(personal: boolean): Ground {
  const probe = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'probe')
  if (probe === undefined) throw new Error('there is no actor of kind probe')
  const definition: Actor = { ...probe, personal }
  const hot = new Map(
    addresses.map((address, index) => [formatAddress(address), hotOf(address, definition, index + 1)]),
  )
  const keys = new Map(addresses.map(({ tenant, home }): [string, KeyObject] => keyOf(tenant, home)))
  return {
    at: 1_795_000_000_000,
    slots: new Map(Array.from({ length: slotCount }, (_, slot): [number, SlotState] => [slot, stateOf(slot)])),
    master,
    actors: new Map([['probe', definition]]),
    hot: (key) => hot.get(key),
    homeKey: (name) => keys.get(name),
    kept: () => undefined,
    owed: () => undefined,
    reference: () => undefined,
  }
}

const keyOf = (tenant: string, home: string): [string, KeyObject] => [
  homeKeyName(tenant, home, self),
  makeHomeKey(master, tenant, home, self).key,
]

const stateOf = (slot: number): SlotState => ({ slot, epoch: 12, sequence: 123_456, actors: 80, head: genesis })

function hotOf(address: Address, definition: Actor, index: number): Hot {
  const slot = slotOf(address.tenant, address.home)
  return { address, definition, slot, actor: slot * 2 ** 40 + index, version: 40, state: { count: 30, settled: 10 } }
}
