/** Time that passes only from one event to the next. */
export interface Timeline {
  /** Milliseconds since the run began. */
  now(): number
  /** Calls back in so many milliseconds; of two at the same time the one asked for first comes first. */
  in(milliseconds: number, callback: () => void): () => void
  /** Goes to the next event; false when there is none before `until`. */
  step(until: number): boolean
}

interface Event {
  readonly time: number
  readonly order: number
  readonly callback: () => void
  cancelled: boolean
}

const isBefore = (a: Event, b: Event): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)

export function createTimeline(): Timeline {
  const heap: Event[] = []
  let now = 0
  let order = 0

  const push = (event: Event): void => {
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent] as Event)) break
      heap[index] = heap[parent] as Event
      index = parent
    }
    heap[index] = event
  }

  const pop = (): Event | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1
      if (!isBefore(heap[child] as Event, last)) break
      heap[index] = heap[child] as Event
      index = child
    }
    heap[index] = last
    return first
  }

  return {
    now: () => now,
    in: (milliseconds, callback) => {
      order += 1
      const event: Event = { time: now + Math.max(0, milliseconds), order, callback, cancelled: false }
      push(event)
      return () => {
        event.cancelled = true
      }
    },
    step: (until) => {
      while (heap[0]?.cancelled === true) pop()
      if (heap[0] === undefined || heap[0].time > until) {
        now = Math.max(now, until)
        return false
      }
      const event = pop() as Event
      now = event.time
      event.callback()
      return true
    },
  }
}
