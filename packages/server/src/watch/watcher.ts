import type { HearthError, LivePart, Principal } from '@hearth/protocol'

/** What a watcher is told. `snapshot` is the first whole answer, `reset` one that takes the place of what it has, `change` a JSON patch of it. */
export interface Update {
  readonly type: 'snapshot' | 'change' | 'reset'
  /** JSON, written once for all who watch the same. */
  readonly body: string
  /** Where to go on from when the connection is lost. */
  readonly position: string
}

/** Whoever watches, on the other side of a door. */
export interface Watcher {
  /** Who it is now, asked before each update. Throws `auth.…` when nobody known does any more. */
  who(): Principal
  /** False: its way is full, and nothing more comes before `drained`. */
  send(update: Update): boolean
  /** What is only told on the way. False: its way is full, and nothing more comes before `drained`. */
  hear?(part: LivePart): boolean
  /** Called once, unless it stopped by itself; nothing comes after it. */
  end(error: HearthError): void
}

export interface Watching {
  /** Its way has room again: what it missed follows. */
  drained(): void
  stop(): void
}
