const megabyte = 1_048_576
/** All that a process holds of files, and what one caller may have of it. On its way a file takes five times as much. */
const [most, mostOfOne] = [256 * megabyte, 128 * megabyte]

let held = 0
const ofCallers = new Map<string, number>()

/** What the files of one call take while it is under way. */
export interface Room {
  /** False where there is none left. */
  take(bytes: number): boolean
  leave(): void
}

export function roomFor(caller: string): Room {
  let own = 0
  const change = (bytes: number): void => {
    own += bytes
    held += bytes
    const all = (ofCallers.get(caller) ?? 0) + bytes
    if (all === 0) ofCallers.delete(caller)
    else ofCallers.set(caller, all)
  }
  return {
    take: (bytes) => {
      if (held + bytes > most || (ofCallers.get(caller) ?? 0) + bytes > mostOfOne) return false
      change(bytes)
      return true
    },
    leave: () => change(-own),
  }
}
