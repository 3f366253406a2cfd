import { formatAddress, HearthError } from '@hearth/protocol'
import { answerAll } from './answering.ts'
import { ActorsAside } from './aside.ts'
import type { CommandEnvelope, KeepEnvelope, Replied, ResultEnvelope } from './envelope.ts'
import type { Deciding, Ground } from './ground.ts'
import { HomeKeyCache } from './home-key-cache.ts'
import { HotActors, type Hot } from './hot.ts'
import { Inbox, partsOf, refuseWaiters, unavailable, type Waiting } from './inbox.ts'
import { hasLanded } from './landed.ts'
import { LaneEffects } from './lane-effects.ts'
import type { LaneOptions, LaneStatus } from './lane-options.ts'
import { holdUnborn, loadWith, needsOf, nothing, thaw, type Needs } from './loading.ts'
import { Outage } from './outage.ts'
import { impatient } from './patience.ts'
import { pauseOn } from './ports/clock.ts'
import type { AppendOutcome, Batch, Loaded, LoadRequest, LogWriter, SlotState } from './ports/log.ts'
import { Stirring } from './stirring.ts'
import { decideWhole, toldNeeds } from './told.ts'
import { wakeAll } from './waiting.ts'

/** A database that was away this long is expected to stay away for a while. */
const refuseAfterMs = 1000

/** Decides and commits everything of its slots, one batch after the other. */
export class Lane {
  readonly #options: LaneOptions
  readonly #writer: LogWriter
  readonly #inbox: Inbox
  readonly #hot: HotActors
  readonly #effects: LaneEffects
  readonly #aside = new ActorsAside()
  readonly #homeKeys: HomeKeyCache
  readonly #outage: Outage
  readonly #slots = new Map<number, SlotState>()
  readonly #stirring: Stirring
  readonly #wakes: { readonly met: readonly string[]; readonly resolve: (count: number) => void }[] = []
  #batch: readonly Waiting[] = []
  #lastNow = 0
  #pauseMs = 0
  #stopping = false
  #gaveUp = false
  #fenced = false
  #ended: Promise<void> = Promise.resolve()

  constructor(options: LaneOptions) {
    this.#options = options
    this.#stirring = new Stirring(options.clock)
    this.#outage = new Outage(options.clock, (wait) => options.meter.waits(options.number, wait))
    this.#writer = impatient(options.writer, options, () => this.#losePatience())
    this.#inbox = new Inbox(options.settings.inbox)
    this.#hot = new HotActors(options.settings.hotBytes)
    this.#homeKeys = new HomeKeyCache(options.settings.homeKeys)
    this.#effects = new LaneEffects(
      { ...options, writer: this.#writer },
      {
        report: (result) => this.report(result),
        homeKey: async (tenant, home, name) => {
          if (!this.#homeKeys.has(name))
            this.#keep(await this.#writer.load({ addresses: [], homes: [{ tenant, home }], scopes: [] }))
          return this.#homeKeys.get(name)
        },
      },
    )
  }

  /** Claims the slots from whoever held them, reads what is owed, and begins. */
  async start(): Promise<void> {
    await this.#claim('take')
    await wakeAll(this.#writer, this.#options)
    await this.#effects.extend()
    // A start before this one may have found the database away.
    this.#outage.answered()
    this.#ended = this.#loop()
  }

  submit(envelope: CommandEnvelope | KeepEnvelope): Promise<Replied> {
    return new Promise((resolve, reject) => {
      if (this.#stopping) throw new HearthError('server.stopping', 'This server is stopping.', { retryAfterSeconds: 1 })
      const since = this.#options.clock.now()
      if (this.#outage.silentMs() > refuseAfterMs) throw unavailable(this.#outage.wait)
      this.#inbox.add({ envelope, resolve, reject, since })
      this.#stirring.stir()
    })
  }

  report(result: ResultEnvelope): void {
    if (result.result.type !== 'beat') this.#effects.ended(result.effect)
    this.#inbox.addResult(result, this.#options.clock.now())
    this.#stirring.stir()
  }

  /** How many more of a tenant are to wait here. */
  room(tenant: string): number {
    return this.#inbox.room(tenant, this.#options.clock.now())
  }

  turnedAway(): void {
    this.#inbox.turnedAway()
  }

  reached(slot: number): number | undefined {
    return this.#slots.get(slot)?.sequence
  }

  status(): LaneStatus {
    const oldest = this.#inbox.oldest()
    return {
      count: this.#inbox.count,
      bytes: this.#inbox.bytes,
      oldestMs: oldest === null ? 0 : Math.max(0, this.#options.clock.now() - oldest),
      available: this.#outage.wait === null,
      wait: this.#outage.wait,
      refused: this.#inbox.refused,
      damagedSnapshots: this.#aside.damagedSnapshots,
      aside: this.#aside.counts(),
      sequences: new Map([...this.#slots].map(([slot, state]) => [slot, state.sequence])),
    }
  }

  /** Takes up no more effects: they are left to whoever serves these slots next. Timers ring and commands are decided until `stop`. */
  rest(): void {
    this.#effects.rest()
  }

  /** Makes owed again what waits for any of these, between two batches; says how much that was. */
  wake(met: readonly string[]): Promise<number> {
    if (met.length === 0 || this.#stopping) return Promise.resolve(0)
    return new Promise((resolve) => {
      this.#wakes.push({ met, resolve })
      this.#stirring.stir()
    })
  }

  async #wakeNext(): Promise<void> {
    const { slots, settings } = this.#options
    const next = this.#wakes.shift()
    if (next === undefined) return
    let count = 0
    for (let more = true; more && !this.#stopping;) {
      const rows = await this.#persistently(() => this.#writer.wake(slots, next.met, settings.heldEffects))
      count += rows?.length ?? 0
      more = rows !== null && rows.length > 0 && rows.length >= settings.heldEffects
    }
    // One whose answer was lost has woken what no other finds.
    this.#effects.readAgain()
    next.resolve(count)
  }

  /** Refuses what is new, commits what was taken in, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#stirring.stir()
    await this.#ended
  }

  async #loop(): Promise<void> {
    while (!this.#fenced) {
      // What comes due while stopping is left to the next start.
      if (!this.#stopping) this.#effects.startDue()
      this.#effects.beat()
      if (this.#wakes.length > 0) {
        await this.#patiently([], () => this.#wakeNext())
        continue
      }
      if (this.#effects.wants && !this.#stopping) {
        await this.#patiently([], () => this.#persistently(() => this.#effects.extend()))
        // What stands in long lines is passed over page by page: whoever waits is not kept waiting for all of it.
        if (this.#inbox.count === 0) continue
      }
      if (this.#inbox.count === 0) {
        if (this.#stopping) return
        // At least once a second, so that a clock that was set forward is noticed.
        await this.#stirring.idle(Math.min(1000, this.#effects.waitMs() ?? 1000))
        continue
      }
      await this.#stirring.gather(() => this.#inbox.count >= this.#options.settings.maxBatch)
      const batch = this.#inbox.take(this.#options.settings.maxBatch)
      await this.#patiently(batch, () => this.#handle(batch))
      this.#outage.rest()
      if (!this.#stopping) await this.#patiently([], () => this.#persistently(() => this.#effects.extend()))
    }
    this.#inbox.refuseAll(unavailable(this.#outage.wait))
    for (const { resolve } of this.#wakes.splice(0)) resolve(0)
  }

  /** The owner's clock: the machine's, but never backwards. What is due is measured by the machine's own, so that a glitch ends with it. */
  #now(): number {
    this.#lastNow = Math.max(this.#lastNow, this.#options.clock.now())
    return this.#lastNow
  }

  /** Tells the callers of a batch, and those who wait behind it, to try again when the work takes too long. */
  async #patiently(batch: readonly Waiting[], work: () => Promise<unknown>): Promise<void> {
    const { clock, settings } = this.#options
    this.#batch = batch
    const cancel = clock.after(settings.patienceMs, () => this.#losePatience())
    const still = this.#effects.keepBeating()
    try {
      await work()
    } finally {
      cancel()
      still()
      this.#batch = []
    }
  }

  async #handle(given: readonly Waiting[]): Promise<void> {
    const taken = this.#gaveUp ? given.filter(({ envelope }) => !this.#effects.rings(envelope)) : given
    if (taken.length === 0) return
    const parts = partsOf(taken)
    for (const part of parts) await this.#handle(part)
    if (parts.length > 0) return
    const { actors } = this.#options
    const { missing, hot, beside } = needsOf(taken, {
      hot: this.#hot,
      homeKeys: this.#homeKeys,
      actors,
      owed: (effect) => this.#effects.find(effect),
    })
    const loaded = missing === null ? nothing : await this.#persistently(() => this.#load(missing), taken)
    if (loaded === null) return
    holdUnborn(beside, loaded, { hot: this.#hot, actors })
    const started = this.#options.clock.elapsed()
    const whole = await decideWhole(taken, {
      loaded,
      beside: beside.keys(),
      ground: (all, told) => this.#ground(all, hot, told),
      load: (absent) => this.#persistently(() => this.#load(toldNeeds(absent, this.#homeKeys, actors)), taken),
    })
    if (whole === null) return
    const { batch, decided } = whole
    if (decided.draft.empty) return this.#finish(batch, decided)
    const draft = decided.draft.finish()
    const outcome = await this.#writer.append(draft)
    if (outcome.type === 'committed') {
      this.#outage.committed()
      this.#pauseMs = 0
      this.#options.meter.committed(batch.length, (this.#options.clock.elapsed() - started) / 1000)
      for (const { after } of draft.slots) this.#slots.set(after.slot, after)
      this.#options.onCommit(draft)
      return this.#finish(batch, decided)
    }
    this.#hot.clear()
    if (outcome.type === 'refused') return this.#split(batch, outcome.reason)
    return this.#recover(batch, decided, draft, outcome)
  }

  /**
   * Finds out what became of a commit and goes on from there. `fenced` may have been our own claim, sent before a connection died
   * and carried out late, so there too the claim tells. The pauses grow until a commit succeeds.
   */
  async #recover(batch: readonly Waiting[], decided: Deciding, draft: Batch, outcome: AppendOutcome): Promise<void> {
    if (outcome.type !== 'fenced') {
      this.#outage.failed('trouble' in outcome ? outcome.trouble : undefined, 'commit')
      this.#options.meter.storeFailed(new Error('reason' in outcome ? outcome.reason : outcome.type))
    }
    if (this.#pauseMs > 0) await pauseOn(this.#options.clock, this.#pauseMs)
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, 10), 500)
    if ((await this.#persistently(() => this.#claim('keep'), batch)) === null) return
    if (hasLanded(draft, this.#slots)) {
      this.#outage.committed()
      this.#options.onCommit(draft)
      return this.#finish(batch, decided)
    }
    if (this.#stopping) return this.#giveUp(batch)
    // What moved no head may have been committed all the same, and what it made owed again is known to nobody.
    this.#effects.readAgain()
    return this.#handle(batch)
  }

  // Data that the database refuses is found by halving: the one command that holds it is refused, the rest goes on. An effect
  // whose result cannot be written is marked as stuck, for a person to see.
  async #split(batch: readonly Waiting[], reason: string): Promise<void> {
    const [only] = batch
    if (only === undefined) return
    if (batch.length > 1) {
      const half = batch.length >> 1
      await this.#handle(batch.slice(0, half))
      await this.#handle(batch.slice(half))
      return
    }
    this.#options.meter.refusedByStore(reason)
    only.reject?.(new HearthError('command.refused-by-store', 'The store refused what this command would write.'))
    const { envelope } = only
    if (envelope.type !== 'result' || envelope.result.type === 'stuck') return
    await this.#handle([{ ...only, envelope: { ...envelope, result: { type: 'stuck', reason } } }])
  }

  #fence(): void {
    this.#fenced = true
    this.#stopping = true
    this.#options.onFenced()
  }

  #finish(batch: readonly Waiting[], decided: Deciding): void {
    const { draft } = decided
    for (const hot of draft.touched()) this.#hot.put(hot)
    this.#aside.note(decided)
    for (const [name, key] of draft.newKeys) this.#homeKeys.set(name, key, draft.forgotten[0]?.key.since)
    if (draft.forgotten.length > 0) this.#hot.clear()
    this.#homeKeys.trim()
    const published = [...draft.references]
    for (const row of published) this.#options.references.set(row)
    this.#effects.committed(decided)
    const { onPublished } = this.#options
    if (published.length === 0 || onPublished === undefined) answerAll(batch, decided)
    else void onPublished().then(() => answerAll(batch, decided))
    this.#options.meter.decided(decided, batch)
  }

  #ground(loaded: Loaded, hot: Needs['hot'], told: ReadonlySet<string>): Ground {
    const { actors, master, references } = this.#options
    const thawed = new Map<string, Hot>()
    const frozen = (name: string): Hot | undefined =>
      thawed.get(name) ?? thaw(name, loaded, actors, this.#homeKeys, thawed)
    return {
      at: this.#now(),
      snapshotAfter: this.#options.settings.snapshotAfter,
      now: this.#options.clock.now(),
      traceClock: this.#options.meter.traceClock,
      slots: this.#slots,
      master,
      actors,
      hot: (address) => hot.get(address) ?? frozen(formatAddress(address)),
      told: (address) => {
        const name = formatAddress(address)
        const isLocked = !told.has(name) && toldNeeds([address], this.#homeKeys, actors).homes.length > 0
        const known = isLocked ? undefined : (this.#hot.get(name) ?? frozen(name))
        return known ?? (told.has(name) ? undefined : 'absent')
      },
      homeKey: (name) => this.#homeKeys.get(name),
      forgottenAt: (name) => this.#homeKeys.since(name),
      kept: (scope) => loaded.keys.get(scope),
      ...(loaded.aside === undefined ? {} : { aside: loaded.aside }),
      owed: (effect) => this.#effects.find(effect),
      owedTo: (tenant, home) => this.#effects.ofHome(tenant, home),
      reference: (tenant, name) => references.get(tenant, name),
      kind: (name) => this.#effects.rules(name),
    }
  }

  #keep({ homeKeys }: Loaded): void {
    const { master, meter } = this.#options
    this.#homeKeys.open(homeKeys, master, (error) => meter.storeFailed(error))
  }

  #load(wanted: LoadRequest): Promise<Loaded> {
    return loadWith(this.#writer, wanted, {
      actors: this.#options.actors,
      homeKeys: this.#homeKeys,
      taken: (loaded) => this.#keep(loaded),
      damaged: ({ actor }) => {
        this.#aside.damaged(actor)
        this.#options.meter.storeFailed(new Error(`the snapshot of actor ${actor} is damaged`))
      },
    })
  }

  async #claim(how: 'take' | 'keep'): Promise<true> {
    const states = await this.#writer.claim(this.#options.slots, how)
    for (const { at, ...state } of states) {
      this.#slots.set(state.slot, state)
      // Also over a restart with a clock that was set back meanwhile.
      this.#lastNow = Math.max(this.#lastNow, at)
    }
    if (states.length < this.#options.slots.length) this.#fence()
    return true
  }

  /** Tries until the database answers. Callers who wait too long are refused meanwhile; null when the lane ends first. */
  async #persistently<T>(ask: () => Promise<T>, batch: readonly Waiting[] = []): Promise<T | null> {
    for (let pause = 20; !this.#fenced; pause = Math.min(pause * 2, 500)) {
      try {
        const answer = await ask()
        this.#outage.answered()
        if (this.#fenced) break
        return answer
      } catch (error) {
        this.#outage.failed(this.#options.troubleOf(error), 'question')
        this.#options.meter.storeFailed(error)
        if (this.#stopping) break
        await pauseOn(this.#options.clock, pause)
      }
    }
    this.#giveUp(batch)
    return null
  }

  /** Stopping, without an answer of the database. No timer rings here any more: those behind would ring before those in the batch. */
  #giveUp(batch: readonly Waiting[]): void {
    this.#gaveUp = true
    refuseWaiters(batch, this.#outage.wait)
  }

  #losePatience(): void {
    this.#outage.slow()
    this.#inbox.refuseAll(unavailable(this.#outage.wait))
    refuseWaiters(this.#batch, this.#outage.wait)
  }
}
