import type { Fetch } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'

/** Changes what a package asks before it goes out. */
export function rewritten(fetch: Fetch, change: (body: Readonly<Record<string, unknown>>) => object): Fetch {
  return (input, init) => {
    if (typeof init?.body !== 'string') return fetch(input, init)
    const body: unknown = JSON.parse(init.body)
    return fetch(input, isObject(body) ? { ...init, body: JSON.stringify(change(body)) } : init)
  }
}
