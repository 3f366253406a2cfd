import { call, type CallContext } from './call.ts'
import type { Server } from './http.ts'
import { list } from './list.ts'
import { Live } from './live/live.ts'
import { stream } from './live/stream.ts'
import { watch } from './live/watch.ts'
import { Positions } from './positions.ts'
import type { CallOptions, ClientOptions, Core, Hearth, ReadOptions, WatchOptions } from './types.ts'

type Method = (input?: object, options?: object) => unknown

/** A client of one server, as whoever the key belongs to. */
export function createClient(options: ClientOptions = {}): Hearth {
  const { retries = 5 } = options
  const server = serverOf(options)
  const live = new Live(server, options.WebSocket ?? globalThis.WebSocket)
  const context: CallContext & { readonly live: Live } = { server, retries, positions: new Positions(), live }
  const core = {
    call: (name: string, input?: unknown, more?: CallOptions) => call(context, name, input, more),
    list: (name: string, input?: object, more?: ReadOptions) => list(context, name, input, more),
    watch: (name: string, input?: object, more?: WatchOptions) => watch(context, name, input, more),
    stream: (name: string, input?: unknown, more?: CallOptions) => stream(context, name, input, more),
    position: () => context.positions.text(),
    close: () => live.close(),
  }
  return members(core, (area) => members({}, (name) => methodOf(core as Core, `${area}.${name}`))) as Hearth
}

function serverOf({ url = pageOrigin(), key, fetch = globalThis.fetch }: ClientOptions): Server {
  if (url === undefined) throw new TypeError('createClient needs the url of the server.')
  const { protocol, origin, pathname } = new URL(url)
  if (!/^https?:$/.test(protocol)) throw new TypeError(`"${url}" is no http address.`)
  // A browser's own `fetch` refuses to be called as the method of another object.
  return { url: `${origin}${pathname.replace(/\/+$/, '')}`, key, fetch: (input, init) => fetch(input, init) }
}

const pageOrigin = (): string | undefined =>
  (globalThis as { readonly location?: { readonly origin?: string } }).location?.origin

/** `hearth.reminders.list` with what else can be done with a list. */
function methodOf(core: Core, name: string): Method {
  const { call, list, watch, stream } = core as unknown as Record<
    string,
    (name: string, ...given: unknown[]) => unknown
  >
  const of =
    (does: typeof call): Method =>
    (...given) =>
      does?.(name, ...given)
  return Object.assign(of(call), { all: of(list), watch: of(watch), stream: of(stream) })
}

/** An object whose members are made when they are first asked for, since the server may know more operations than this package. */
function members(own: object, make: (name: string) => unknown): unknown {
  const made = new Map<string, unknown>()
  return new Proxy(own, {
    get: (target, name, receiver) => {
      // Whoever awaits it looks for `then`.
      if (typeof name === 'symbol' || name === 'then' || Object.hasOwn(target, name))
        return Reflect.get(target, name, receiver)
      if (!made.has(name)) made.set(name, make(name))
      return made.get(name)
    },
  })
}
