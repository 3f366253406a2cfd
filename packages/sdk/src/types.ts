import type { Operations } from './operations.ts'

export type OperationName = keyof Operations
export type Input<N extends OperationName> = Operations[N]['input']
export type Output<N extends OperationName> = Operations[N]['output']

/** The operations that answer page by page. */
export type ListName = {
  [N in OperationName]: Output<N> extends { readonly items: readonly unknown[]; readonly next: string | null }
    ? N
    : never
}[OperationName]
export type Item<N extends ListName> = Output<N> extends { readonly items: readonly (infer T)[] } ? T : never

/** The operations whose answer can be watched. */
export type WatchName = {
  [N in OperationName]: Operations[N] extends { readonly watchable: true } ? N : never
}[OperationName]

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** How often it is tried again after a failure that may pass; by default what the client was made with. */
  readonly retries?: number | undefined
  /** A position, or several with commas between: the answer shows what was written there. */
  readonly after?: string | undefined
}

export interface CallOptions extends ReadOptions {
  /** The idempotency key: the same key again gets the first answer. By default each call of a command has one of its own. */
  readonly key?: string | undefined
}

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
  /** How often in a row it may fail before the iteration does. By default as a call until the first answer, then without end. */
  readonly retries?: number | undefined
  /** Hears what is only told on the way, such as the text of a turn while it is written: see `TurnTexts`. */
  readonly part?: ((part: unknown) => void) | undefined
}

/** `snapshot`: the first answer. `change`: it changed. `reset`: what changed meanwhile is not known, this is what it is now. */
export interface Update<T> {
  readonly type: 'snapshot' | 'change' | 'reset'
  /** All of it, each time. Not to be changed: the next one shares what stayed the same. */
  readonly value: T
  readonly position: string
}

/** `gap`: parts before this one are missing, since the connection was lost or they were not taken in time. */
export type StreamItem<T> =
  | { readonly type: 'part'; readonly part: unknown }
  | { readonly type: 'gap' }
  | { readonly type: 'result'; readonly output: T }

/** An input that may be left out where all its fields may. */
export type Arguments<N extends OperationName, O> =
  Record<string, never> extends Input<N> ? [input?: Input<N>, options?: O] : [input: Input<N>, options?: O]

export interface Method<N extends OperationName> {
  (...given: Arguments<N, CallOptions>): Promise<Output<N>>
  /** The parts of the answer as they come, then the answer. */
  stream(...given: Arguments<N, CallOptions>): AsyncIterableIterator<StreamItem<Output<N>>>
}

export interface ListMethod<N extends ListName> {
  /** Every item, page by page. */
  all(...given: Arguments<N, ReadOptions>): AsyncIterableIterator<Item<N>>
}

export interface WatchMethod<N extends WatchName> {
  /** The answer now, and again whenever it changes. */
  watch(...given: Arguments<N, WatchOptions>): AsyncIterableIterator<Update<Output<N>>>
}

type MethodOf<N extends OperationName> = Method<N> &
  (N extends ListName ? ListMethod<N> : unknown) &
  (N extends WatchName ? WatchMethod<N> : unknown)

type AreaOf<N extends string> = N extends `${infer A}.${string}` ? A : never

/** `hearth.reminders.set` for `reminders.set`. */
export type Areas = {
  readonly [A in AreaOf<OperationName>]: {
    readonly [N in OperationName as N extends `${A}.${infer O}` ? O : never]: MethodOf<N>
  }
}

export interface Core {
  call<N extends OperationName>(name: N, ...given: Arguments<N, CallOptions>): Promise<Output<N>>
  list<N extends ListName>(name: N, ...given: Arguments<N, ReadOptions>): AsyncIterableIterator<Item<N>>
  watch<N extends WatchName>(name: N, ...given: Arguments<N, WatchOptions>): AsyncIterableIterator<Update<Output<N>>>
  stream<N extends OperationName>(
    name: N,
    ...given: Arguments<N, CallOptions>
  ): AsyncIterableIterator<StreamItem<Output<N>>>
  /** How far this client has written: what another one sends as `after` to read it. Undefined before it has written anything. */
  position(): string | undefined
  /** Ends every watch and stream, and the connection that they share. */
  close(): void
}

export type Hearth = Core & Areas

/** A class like the browser's `WebSocket`, which `ws` has too. With a key it is given `{ headers }` as the second argument. */
export type WebSocketClass = new (
  url: string,
  options: never,
) => {
  send(data: string): void
  close(): void
}

export interface ClientOptions {
  /** Where the server is; in a browser by default where the page came from. */
  readonly url?: string | undefined
  /** A key. A page of the server's own needs none: the browser sends its session. */
  readonly key?: string | undefined
  /** How often a call is tried again after a failure that may pass; 5 by default. */
  readonly retries?: number | undefined
  readonly fetch?: typeof fetch | undefined
  /** By default the one that is there. Node has it from 22 on. */
  readonly WebSocket?: WebSocketClass | undefined
}
