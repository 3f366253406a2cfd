import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { slotOf, type Kernel, type LaneStatus } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import { at } from '../log/ledger-actor.ts'
import { command, type TestStore } from '../log/store.ts'

/** Who sends keyed commands all the time, each again under its key until it is acknowledged, and keeps the books. */
export interface Books extends AsyncDisposable {
  /** Resolves when every home has had something acknowledged that was sent after this call. */
  round(): Promise<void>
  /** Codes and details of what was refused so far. */
  readonly refusals: ReadonlySet<string>
  /** Ends the sending once all that was sent is acknowledged. */
  close(): Promise<ReadonlyMap<string, number>>
}

export const lanes = 2

/** Homes of every lane. */
export function homesOf(name: string): readonly string[] {
  const homes = Array.from({ length: 8 }, (_, index) => `${name}-${index}`)
  assert.equal(new Set(homes.map((home) => slotOf('main', home) % lanes)).size, lanes)
  return homes
}

export function keepBooks(kernel: Pick<Kernel, 'submit'>, homes: readonly string[]): Books {
  const lines = new Map(homes.map((home) => [home, 0]))
  const refusals = new Set<string>()
  const rounds: { readonly missing: Set<string>; readonly sent: Map<string, number>; done(): void }[] = []
  let open = true

  const write = async (home: string, line: number): Promise<void> => {
    const key = { scope: randomUUID(), hash: randomUUID() }
    for (;;) {
      try {
        const reply = await kernel.submit(command(at(home), { type: 'write', text: `${line}` } as never, { key }))
        assert.equal(reply.body, String(line), `${home}: line ${line} was answered out of turn`)
        return
      } catch (error) {
        if (!(error instanceof HearthError) || error.code !== 'store.unavailable') throw error
        assert.ok((error.retryAfterSeconds ?? 0) > 0)
        refusals.add(error.message)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  const acknowledged = (home: string, line: number): void => {
    lines.set(home, line)
    for (const round of rounds) {
      if (line > (round.sent.get(home) ?? 0)) round.missing.delete(home)
      if (round.missing.size === 0) round.done()
    }
  }
  const sending = homes.map(async (home) => {
    for (let line = 1; open; line += 1) {
      await write(home, line)
      acknowledged(home, line)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })
  const all = Promise.all(sending)
  const close = async (): Promise<ReadonlyMap<string, number>> => {
    open = false
    await all
    return lines
  }
  return {
    refusals,
    round: () => {
      const ended = Promise.withResolvers<void>()
      // The one that is on its way was sent before.
      const sent = new Map([...lines].map(([home, line]) => [home, line + 1]))
      rounds.push({ missing: new Set(homes), sent, done: ended.resolve })
      return Promise.race([ended.promise, all.then(() => undefined)])
    },
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  }
}

/** Everything acknowledged is there, once, in the log and in the view; and nothing else is. */
export async function audit(store: TestStore, written: ReadonlyMap<string, number>): Promise<void> {
  const sql = store.as('read')
  for (const [home, lines] of written) {
    const [view] = await sql<{ lines: string; last: string }[]>`
      select lines, last from hearth.view_ledger_1 where home = ${home}`
    assert.deepEqual({ ...view }, { lines: String(lines), last: String(lines) }, home)
    const [log] = await sql<{ rows: string; versions: string }[]>`
      select count(*) as rows, count(distinct l.version) as versions from hearth.log l join hearth.actors a using (actor)
       where a.home = ${home} and l.types = 'ledger.written'`
    assert.deepEqual({ ...log }, { rows: String(lines), versions: String(lines) }, home)
  }
}

export const troubles = (lanes_: readonly LaneStatus[]): readonly string[] =>
  lanes_.flatMap(({ wait }) => (wait === null ? [] : [wait.trouble]))
