import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Unanswered } from './reasons.ts'
import type { Targets } from './targets.ts'

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

const system: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)))
  })

/** Looks a name up once for all who ask meanwhile: each takes one of the few threads there are, for as long as its server is silent. */
export function sharedLookups(resolve: Resolve = system): Resolve {
  const asking = new Map<string, Promise<readonly LookupAddress[]>>()
  return (hostname) => {
    const known = asking.get(hostname)
    if (known !== undefined) return known
    const found = resolve(hostname).finally(() => asking.delete(hostname))
    asking.set(hostname, found)
    return found
  }
}

export const refusedTarget = 'that address may not be reached'

/** Gives the addresses of a name that may be connected to: there is no other look at it, so it cannot change its mind after the check. */
export function checkedLookup(targets: Targets, resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const { family } = options
        const wanted = family === 4 || family === 6 ? found.filter((one) => one.family === family) : found
        const allowed = wanted.filter(({ address }) => targets.mayReach(address, allowPrivate))
        const [first] = allowed
        if (first === undefined) callback(new Unanswered(refusedTarget), '', 0)
        else if (options.all) callback(null, [...allowed])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}
