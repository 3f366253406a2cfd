/** How far a long piece of work is. */
export interface Progress {
  begin(files: number): void
  /** The next is taken up. */
  file(name: string): void
  add(more: { readonly rows?: number; readonly bytes?: number }): void
  now(): ProgressNow
}

export interface ProgressNow {
  /** Taken up so far, of how many. */
  readonly files: number
  readonly of: number
  readonly rows: number
  readonly bytes: number
  readonly file: string | null
}

export function createProgress(): Progress {
  let now: ProgressNow = { files: 0, of: 0, rows: 0, bytes: 0, file: null }
  return {
    begin: (of) => (now = { ...now, files: 0, of }),
    file: (file) => (now = { ...now, files: now.files + 1, file }),
    add: ({ rows = 0, bytes = 0 }) => (now = { ...now, rows: now.rows + rows, bytes: now.bytes + bytes }),
    now: () => now,
  }
}
