import type { KeyObject } from 'node:crypto'
import type { Json } from '@hearth/protocol'
import { unpackRequest } from './codec.ts'
import { beginsApart } from './effects/kind.ts'
import { Leases } from './effects/leases.ts'
import { Lines } from './effects/lines.ts'
import { OwedEffects } from './effects/owed.ts'
import { withheld, type Readable, type Request } from './effects/reading.ts'
import type { Envelope, ResultEnvelope } from './envelope.ts'
import type { Asked, Deciding, KindRules } from './ground.ts'
import { homeKeyName } from './home-keys.ts'
import type { LaneOptions } from './lane-options.ts'
import { formatEffectId, type EffectId, type EffectRow } from './ports/log.ts'
import { open } from './seal.ts'
import { needs } from './unfoldable.ts'

const simple: KindRules = { beginsApart: false, leased: false }

export interface LaneTies {
  /** Puts a result into the lane's inbox. */
  readonly report: (result: ResultEnvelope) => void
  /** The key of a home or of one of its people, read when it is not at hand. */
  readonly homeKey: (tenant: string, home: string, name: string) => Promise<KeyObject | undefined>
}

/** What a lane owes and does: it starts what is due, renews leases, and follows what was committed. */
export class LaneEffects {
  readonly #options: LaneOptions
  readonly #ties: LaneTies
  readonly #owed: OwedEffects
  readonly #leases = new Leases()
  #resting = false
  readonly #lines = new Lines()
  #madeRoom = false

  constructor(options: LaneOptions, ties: LaneTies) {
    this.#options = options
    this.#ties = ties
    this.#owed = new OwedEffects(options.settings.heldEffects)
  }

  find(effect: EffectId): EffectRow | undefined {
    return this.#owed.find(effect)
  }

  /** Whether it says that a timer came due. */
  rings(envelope: Envelope): boolean {
    return envelope.type === 'result' && this.#owed.find(envelope.effect)?.kind === 'timer'
  }

  /** All that is held of what a home is owed. */
  ofHome(tenant: string, home: string): readonly EffectRow[] {
    return this.#owed.ofHome(tenant, home)
  }

  /** An attempt has its result: its lease is not renewed any more. */
  ended(effect: EffectId): void {
    this.#leases.remove(effect)
  }

  /** How long until something is due or a lease is to be renewed; null when nothing waits. */
  waitMs(): number | null {
    const due = this.#owed.nextDue()
    const waits = [this.#leases.waitMs(this.#options.clock.elapsed())]
    if (due !== null) waits.push(due - this.#options.clock.now())
    const known = waits.filter((wait) => wait !== null)
    return known.length === 0 ? null : Math.min(...known)
  }

  /** Whether what is due waits for a look at what is before it, or made room for more. */
  get wants(): boolean {
    return this.#lines.wants || this.#madeRoom
  }

  /** Reads on while there is more in the database and room for it, and who is next where effects run in order. */
  async extend(): Promise<true> {
    this.#madeRoom = false
    const wanted = this.#lines.takeWanted()
    try {
      if (wanted.length > 0)
        for (const row of await this.#options.writer.firsts(wanted)) {
          this.#lines.first(row)
          this.#owed.wait(row)
        }
      return await this.#owed.extend(this.#options.writer, this.#options.slots, this.#options.clock.now())
    } catch (error) {
      this.#lines.wantAgain(wanted)
      throw error
    }
  }

  /** The database may owe what is not known here: what woke up, or was committed without our being told. */
  readAgain(): void {
    this.#owed.readAgain()
    this.#madeRoom = true
  }

  /** Timers are results at once. What has its attempt recorded goes to the runner; of the rest that is recorded first. */
  startDue(): void {
    const now = this.#options.clock.now()
    for (const row of this.#owed.takeDue(now, this.#options.settings.maxBatch)) {
      // Nothing is done of what could not be settled afterwards.
      if (!this.#options.actors.has(row.address.kind))
        this.#tell(row, { type: 'wait', needs: needs.kind(row.address.kind) })
      else if (row.kind === 'timer') {
        this.#options.meter.lateness((now - row.due) / 1000)
        this.#tell(row, { type: 'settle', outcome: { type: 'done', value: null } })
      } else if (this.#resting) continue
      else if (!this.#lines.mayRun(row)) this.#leave(row)
      else if (row.attempt <= 0) this.#tell(row, { type: 'begin' })
      else this.#run(row, () => this.#request(row), 'found')
    }
  }

  /** Its turn has not come: it lies in the database until then. */
  #leave(row: EffectRow): void {
    this.#owed.forget(row)
    this.#madeRoom = true
  }

  /** Takes up timers only from now on. */
  rest(): void {
    this.#resting = true
  }

  /** While the lane is busy, until the function returned is called: also one that waits for the database sees that a lease is over. */
  keepBeating(): () => void {
    const { clock } = this.#options
    if (this.#leases.waitMs(clock.elapsed()) === null) return () => undefined
    let cancel = (): void => undefined
    const wait = (): void => {
      cancel = clock.after(1000, () => {
        this.beat()
        wait()
      })
    }
    wait()
    return () => cancel()
  }

  beat(): void {
    const { clock, runner } = this.#options
    const time = { elapsed: clock.elapsed(), now: clock.now() }
    const { renew, over } = this.#leases.take(time, (effect) => this.#owed.find(effect))
    for (const row of renew) this.#tell(row, { type: 'beat' })
    for (const row of over) runner.cut(row, 'its lease could not be renewed in time')
  }

  /** What a commit did to effects: the settled ones are forgotten, the others wait or start. */
  committed({ draft, retried, renewed, begun, asked }: Deciding): void {
    for (const ids of [draft.settled, draft.cancelled, draft.changed]) for (const id of ids) this.#owed.forget(id)
    this.#endLines(draft)
    if (draft.forgotten.length > 0) this.#lines.lookAgain((name) => this.#owed.holds(name))
    const stands = (row: EffectRow): boolean => draft.latest(row) === row && !draft.hasSettled(row)
    for (const row of retried) if (stands(row) && this.#lines.mayRun(row)) this.#owed.wait(row)
    for (const row of renewed) if (stands(row)) this.#owed.renew(row)
    for (const row of begun) if (stands(row)) this.#start(row)
    for (const one of asked) if (!draft.hasSettled(one.row)) this.#begin(one)
  }

  rules(name: string): KindRules {
    const kind = this.#options.kinds.get(name)
    return kind === undefined ? simple : { beginsApart: beginsApart(kind), leased: kind.leased === true }
  }

  #start(row: EffectRow): void {
    this.#owed.renew(row)
    if (this.rules(row.kind).leased) this.#leases.add(row, this.#options.clock.elapsed())
    this.#run(row, () => this.#request(row))
  }

  #endLines({ settled, cancelled, changed }: Deciding['draft']): void {
    if (this.#lines.isEmpty) return
    for (const ids of [settled, cancelled, changed.filter(({ state }) => state !== 'owed')])
      for (const id of ids) this.#lines.ended(formatEffectId(id))
  }

  #begin({ row, request }: Asked): void {
    // Its turn is asked after: whether anything is before it is not known here.
    if (!this.#lines.mayRun(row)) return
    if (row.kind === 'timer' || row.attempt <= 0) this.#owed.wait(row)
    else if (this.#owed.mayStart(row)) this.#run(row, () => request)
  }

  /** What is not held any more when its turn comes, since a person was forgotten, is not done. */
  #run(row: EffectRow, request: Request, found?: 'found'): void {
    this.#options.runner.start(row, request, found, () => this.#owed.find(row) !== undefined)
  }

  #tell(row: EffectRow, result: ResultEnvelope['result']): void {
    this.#ties.report({ type: 'result', effect: row, attempt: row.attempt, result })
  }

  async #request(row: EffectRow): Promise<Readable> {
    if (row.person === null) return requestIn(row, row.request.toString('utf8'))
    const { tenant, home } = row.address
    const key = await this.#ties.homeKey(tenant, home, homeKeyName(tenant, home, row.person))
    if (this.#owed.find(row) === undefined) return withheld
    const text = key === undefined ? null : opened(key, row)
    if (text !== null) return requestIn(row, text)
    this.ended(row)
    this.#tell(row, { type: 'stuck', reason: 'no key opens it' })
    return withheld
  }
}

function requestIn(row: EffectRow, text: string): Json {
  const { request, correlation } = unpackRequest(text)
  if (correlation !== null) row.correlation = correlation
  return request
}

/** Null where it was sealed with another key. */
function opened(key: KeyObject, row: EffectRow): string | null {
  try {
    return open(key, row.request, formatEffectId(row)).toString('utf8')
  } catch {
    return null
  }
}
