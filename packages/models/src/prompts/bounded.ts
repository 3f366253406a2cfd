import * as jinja from '@huggingface/jinja'

/** More than any honest prompt takes: a loop over a thousand things with a hundred expressions each. */
const mostSteps = 100_000
export const mostText = 1_000_000
const mostItems = 20_000

/** A template asks for more than it may have. */
export class TooMuch extends Error {}

/** As far as it is used here: the package's own types name their files in a way that is not found. */
interface Jinja {
  tokenize(text: string, options: { readonly lstrip_blocks: boolean; readonly trim_blocks: boolean }): unknown
  parse(tokens: unknown): Program
  readonly Environment: new () => Scope
  readonly Interpreter: new (scope: Scope) => {
    evaluate(node: unknown, scope: Scope): { readonly value: unknown }
    run(program: Program): { readonly value: unknown }
  }
}

export interface Program {
  readonly type: 'Program'
  readonly body: readonly unknown[]
}

interface Scope {
  set(name: string, value: unknown): unknown
}

const { tokenize, parse, Environment, Interpreter } = jinja as unknown as Jinja

export function parseTemplate(text: string): Program {
  return parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true }))
}

/** Counts what it does, and ends where that is too much. What it cannot see, such as the work of one filter, the process around it bounds. */
class Bounded extends Interpreter {
  #steps = 0

  override evaluate(node: unknown, environment: Scope): { readonly value: unknown } {
    this.#steps += 1
    if (this.#steps > mostSteps) throw new TooMuch(`it takes more than ${mostSteps} steps`)
    const result = super.evaluate(node, environment)
    const { value } = result
    if (typeof value === 'string' && value.length > mostText)
      throw new TooMuch(`it makes a text of more than ${mostText} characters`)
    if (Array.isArray(value) && value.length > mostItems)
      throw new TooMuch(`it makes a list of more than ${mostItems} things`)
    return result
  }
}

/** Nothing in it tells the time or changes from one rendering to the next. */
export function renderTemplate(program: Program, values: Readonly<Record<string, unknown>>): string {
  const environment = new Environment()
  for (const [name, value] of Object.entries({ ...builtIn, ...values })) environment.set(name, value)
  const rendered = new Bounded(environment).run(program).value
  return typeof rendered === 'string' ? rendered : ''
}

const builtIn = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  raise_exception: (words: unknown): never => {
    throw new Error(typeof words === 'string' ? words : 'the template gave up')
  },
} as const

function range(from: unknown, to?: unknown, by: unknown = 1): readonly number[] {
  const [start, stop] = to === undefined ? [0, from] : [from, to]
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(stop) || !Number.isSafeInteger(by) || by === 0)
    throw new Error('range() takes whole numbers, and a step that is not 0')
  const step = by as number
  const count = Math.max(0, Math.ceil(((stop as number) - (start as number)) / step))
  if (count > mostItems) throw new TooMuch(`it makes a range of more than ${mostItems} numbers`)
  return Array.from({ length: count }, (_, index) => (start as number) + index * step)
}
