/** Passes a stream of events on, whole ones only. */
export interface Filter {
  /** What may go on now: whole events only. */
  push(chunk: Buffer): Buffer
  /** What is left where the stream ended without closing its last event. */
  end(): Buffer | undefined
}

const empty = Buffer.alloc(0)
const noChoices = /"choices"\s*:\s*\[\s*\]/
/** An event that is longer than this is none of those that tell of usage alone. */
const longest = 65_536
const usage = /"usage"\s*:\s*\{/

/**
 * Half an event waits for its rest: nobody can read it anyway, and where the stream breaks off, what tells of that must not stand behind
 * half a line. An OpenAI client that did not ask for usage would stumble over an event without choices, and is not told; Hearth has to
 * ask for it, since it meters.
 */
export function wholeEvents(hidesUsage: boolean): Filter {
  let rest: Buffer = empty
  return {
    push: (chunk) => {
      const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const end = endOfEvents(all)
      if (all.length - end > longest) {
        rest = empty
        return all
      }
      rest = all.subarray(end)
      const whole = all.subarray(0, end)
      return hidesUsage && mayHoldUsage(whole) ? filtered(whole) : whole
    },
    end: () => (rest.length === 0 ? undefined : rest),
  }
}

const mayHoldUsage = (bytes: Buffer): boolean => bytes.includes('"usage"') && noChoices.test(bytes.toString('utf8'))

function filtered(bytes: Buffer): Buffer {
  const events = bytes.toString('utf8').split(/(?<=\r?\n\r?\n)/)
  return Buffer.from(events.filter((event) => !(noChoices.test(event) && usage.test(event))).join(''))
}

/** Behind the last blank line. */
function endOfEvents(bytes: Buffer): number {
  const plain = bytes.lastIndexOf('\n\n')
  const carriage = bytes.lastIndexOf('\r\n\r\n')
  return Math.max(plain === -1 ? 0 : plain + 2, carriage === -1 ? 0 : carriage + 4)
}
