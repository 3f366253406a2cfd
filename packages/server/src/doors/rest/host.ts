import { isIP } from 'node:net'

const hostHeader = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255})(?::\d{1,5})?$/i
const rememberLimit = 64

/** Whether an address or a name can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIP(name) === 4) return name.startsWith('127.')
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost')
}

/**
 * Which `Host` headers this server answers for. A page of a stranger can make a name of its own resolve to this
 * machine and then counts, for the browser, as the same origin; its `Host` gives it away. An address cannot be made to
 * resolve anywhere else, so a server that is bound beyond loopback answers for any.
 */
export function hostCheck(options: {
  readonly host: string
  readonly hosts: readonly string[]
}): (header: string) => boolean {
  const names = new Set([options.host, ...options.hosts].map((name) => name.toLowerCase()))
  const isOpen = !isLoopback(options.host)
  const remembered = new Set<string>()

  const accepts = (header: string): boolean => {
    const host = hostHeader.exec(header)?.[1]?.toLowerCase().replace(/\.$/, '')
    if (host === undefined) return false
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    return isLoopback(host) || names.has(bare) || (isOpen && isIP(bare) !== 0)
  }
  return (header) => {
    if (remembered.has(header)) return true
    if (!accepts(header)) return false
    if (remembered.size < rememberLimit) remembered.add(header)
    return true
  }
}
