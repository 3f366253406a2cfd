export interface Difference {
  readonly added: number
  readonly removed: number
  /** Every line with what became of it: two spaces, `- ` or `+ ` before it; where much is the same, only what is near a change. */
  readonly lines: readonly string[]
}

type Step = readonly [mark: ' ' | '-' | '+', line: string]

/** More changes than that are not looked for one by one: then all between the first and the last is replaced. */
const mostSteps = 300
const context = 3

/** The fewest lines that make one text into the other (Myers, 1986). */
export function differenceOf(from: readonly string[], to: readonly string[]): Difference {
  let head = 0
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1
  let tail = 0
  while (tail < from.length - head && tail < to.length - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1
  const same = (lines: readonly string[]): readonly Step[] => lines.map((line) => [' ', line])
  const before = from.slice(head, from.length - tail)
  const after = to.slice(head, to.length - tail)
  const steps = [...same(from.slice(0, head)), ...between(before, after), ...same(from.slice(from.length - tail))]
  const count = (mark: string): number => steps.filter(([one]) => one === mark).length
  return { added: count('+'), removed: count('-'), lines: nearChanges(steps) }
}

function between(from: readonly string[], to: readonly string[]): readonly Step[] {
  const trace = shortest(from, to)
  if (trace === undefined) return [...from.map((line): Step => ['-', line]), ...to.map((line): Step => ['+', line])]
  const steps: Step[] = []
  let [x, y] = [from.length, to.length]
  for (let cost = trace.length - 1; cost >= 0; cost -= 1) {
    const reached = trace[cost] as ReadonlyMap<number, number>
    const diagonal = x - y
    const isDown = diagonal === -cost || (diagonal !== cost && at(reached, diagonal - 1) < at(reached, diagonal + 1))
    const before = isDown ? diagonal + 1 : diagonal - 1
    const beforeX = cost === 0 ? 0 : at(reached, before)
    const beforeY = cost === 0 ? 0 : beforeX - before
    while (x > beforeX && y > beforeY) {
      x -= 1
      y -= 1
      steps.push([' ', from[x] ?? ''])
    }
    if (cost === 0) break
    steps.push(isDown ? ['+', to[beforeY] ?? ''] : ['-', from[beforeX] ?? ''])
    ;[x, y] = [beforeX, beforeY]
  }
  return steps.toReversed()
}

const at = (reached: ReadonlyMap<number, number>, diagonal: number): number => reached.get(diagonal) ?? -1

/** How far each diagonal was reached before each change; undefined where it takes too many of them. */
function shortest(from: readonly string[], to: readonly string[]): readonly ReadonlyMap<number, number>[] | undefined {
  const trace: ReadonlyMap<number, number>[] = []
  const reached = new Map<number, number>([[1, 0]])
  for (let cost = 0; cost <= mostSteps; cost += 1) {
    trace.push(new Map(reached))
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      const isDown = diagonal === -cost || (diagonal !== cost && at(reached, diagonal - 1) < at(reached, diagonal + 1))
      let x = isDown ? at(reached, diagonal + 1) : at(reached, diagonal - 1) + 1
      let y = x - diagonal
      while (x < from.length && y < to.length && from[x] === to[y]) {
        x += 1
        y += 1
      }
      reached.set(diagonal, x)
      if (x >= from.length && y >= to.length) return trace
    }
  }
  return undefined
}

function nearChanges(steps: readonly Step[]): readonly string[] {
  const near = new Set<number>()
  for (const [index, [mark]] of steps.entries())
    if (mark !== ' ') for (let by = -context; by <= context; by += 1) near.add(index + by)
  const lines: string[] = []
  for (const [index, [mark, line]] of steps.entries()) {
    if (near.has(index)) lines.push(`${mark} ${line}`)
    else if (lines.length > 0 && lines.at(-1) !== '…') lines.push('…')
  }
  if (lines.at(-1) === '…') lines.pop()
  return lines
}
