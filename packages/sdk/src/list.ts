import { call, type CallContext } from './call.ts'
import type { ReadOptions } from './types.ts'

interface Page {
  readonly items: readonly unknown[]
  readonly next: string | null
}

/** Every item of a list. A page is asked for when it is needed, and none after the caller stops. */
export async function* list(
  context: CallContext,
  name: string,
  input: object = {},
  options: ReadOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  let asked = input
  for (;;) {
    const { items, next } = (await call(context, name, asked, options)) as Page
    yield* items
    if (next === null) return
    asked = { ...input, after: next }
  }
}
