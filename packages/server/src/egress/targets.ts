import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { HearthError } from '@hearth/protocol'
import type { Resolve } from './names.ts'

const reserved: readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['::ffff:0:0:0', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 63, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['5f00::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]

function blockList(networks: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix, family] of networks) list.addSubnet(network, prefix, family)
  return list
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** Which addresses of the network may be reached by whom. */
export interface Targets {
  mayReach(address: string, allowPrivate: boolean): boolean
  /** Throws `network.target-refused` when the host has no address that may be reached. A name that does not resolve yet is let pass. */
  assertReachable(url: URL, allowPrivate: boolean): Promise<void>
}

const system = async (hostname: string) => await lookup(hostname, { all: true })

export function createTargets(privateTargets: readonly string[], resolve: Resolve = system): Targets {
  const closed = blockList(reserved)
  const opened = blockList(
    privateTargets.map((target) => {
      const [network = '', prefix] = target.split('/')
      return [network, prefix === undefined ? (isIP(network) === 4 ? 32 : 128) : Number(prefix), familyOf(network)]
    }),
  )
  const mayReach = (address: string, allowPrivate: boolean): boolean =>
    allowPrivate || !closed.check(address, familyOf(address)) || opened.check(address, familyOf(address))
  return {
    mayReach,
    assertReachable: async (url, allowPrivate) => {
      if (allowPrivate) return
      const addresses = await addressesOf(url.hostname, resolve)
      if (addresses.every((address) => mayReach(address, false))) return
      throw new HearthError('network.target-refused', 'This key may not name private or loopback addresses.')
    },
  }
}

async function addressesOf(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (isIP(bare) !== 0) return [bare]
  try {
    return (await resolve(bare)).map(({ address }) => address)
  } catch (error) {
    // It may be served later; the check is made again when it is called.
    if ((error as NodeJS.ErrnoException).syscall === 'getaddrinfo') return []
    throw error
  }
}
