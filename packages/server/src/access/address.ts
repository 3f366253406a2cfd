import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, type Socket } from 'node:net'

/** Where a request comes from: what a proxy says, where the proxy is one of ours. */
export type AddressOf = (request: IncomingMessage) => string

export function clientAddress(proxies: readonly string[]): AddressOf {
  if (proxies.length === 0) {
    // It stays the same for all that comes over a connection.
    const known = new WeakMap<Socket, string>()
    return ({ socket }) => {
      let network = known.get(socket)
      if (network === undefined) known.set(socket, (network = networkOf(socket.remoteAddress ?? '')))
      return network
    }
  }
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [network = '', bits] = proxy.split('/')
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
    trusted.addSubnet(network, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  const isTrusted = (address: string): boolean =>
    isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return ({ socket, headers }) => {
    const said = String(headers['x-forwarded-for'] ?? '').split(',')
    let address = plain(socket.remoteAddress ?? '')
    // Each proxy adds whom it heard at the end: the first that is none of ours is who calls.
    while (isTrusted(address)) {
      const next = hostIn(said.pop() ?? '')
      // What stands before words that say nothing was said by whoever wrote them.
      if (next === undefined) break
      address = next
    }
    return networkOf(address)
  }
}

/** The address in what a proxy adds, with or without a port. */
function hostIn(text: string): string | undefined {
  const part = text.trim()
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(part)?.[1] ?? /^(\d[\d.]*)(?::\d{1,5})?$/.exec(part)?.[1] ?? part
  return isIP(bare) === 0 ? undefined : plain(bare)
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/** Of IPv6 whoever has one address has all of its network. */
function networkOf(address: string): string {
  const given = plain(address)
  if (isIP(given) !== 6) return given
  // One spelling for all of one address.
  const spelled = URL.parse(`http://[${given.split('%', 1).join('')}]`)?.hostname.slice(1, -1) ?? given
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(spelled)
  if (mapped !== null) return quad(Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16))
  const bare = spelled
  const [head = '', tail = ''] = bare.split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail.split(':').filter(Boolean)
  const groups = bare.includes('::')
    ? [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0'), ...back]
    : front
  return `${groups.slice(0, 4).join(':')}::/64`
}

const quad = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')
