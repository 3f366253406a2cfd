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
    const said = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => isIP(part) !== 0)
    let address = plain(socket.remoteAddress ?? '')
    // Each proxy adds whom it heard at the end: the first that is none of ours is who calls.
    while (isTrusted(address) && said.length > 0) address = said.pop() as string
    return networkOf(address)
  }
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/** Of IPv6 whoever has one address has all of its network. */
function networkOf(address: string): string {
  const bare = plain(address)
  if (isIP(bare) !== 6) return bare
  const [head = '', tail = ''] = bare.split('%', 1).join('').split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail.split(':').filter(Boolean)
  const groups = bare.includes('::')
    ? [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0'), ...back]
    : front
  return `${groups.slice(0, 4).join(':')}::/64`
}
