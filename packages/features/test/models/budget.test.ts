// shows: A4
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecideContext, Tagged } from '@hearth/kernel'
import { account, leftAt, lostAfterMs, spentIn, type Account } from '../../src/models/budget/account.ts'
import { Purse, type Reservation } from '../../src/models/budget/purse.ts'

const noon = Date.UTC(2030, 0, 1, 12)

/** An account as its actor keeps it: decided and folded by nothing but its own functions. */
class Kept {
  state = account.initial as Account
  at = noon

  tell(command: Tagged): unknown {
    const address = { tenant: 'main', home: '~tenant', kind: 'budget', id: 'tenant' }
    const decision = account.decide(this.state, command, { at: this.at, address } as DecideContext)
    if (decision.type === 'refuse') return decision
    for (const event of decision.events) this.state = account.evolve(this.state, event) as Account
    return decision.answer
  }
}

const set = (...limits: Account['limits']): Tagged => ({ type: 'set', limits }) as Tagged
const lease = (holder: string, atLeast: number, wanted: number, needed = atLeast): Tagged =>
  ({ type: 'lease', holder, atLeast, needed, wanted }) as Tagged
const settle = (holder: string, spent: number, returned = 0): Tagged =>
  ({ type: 'settle', holder, spent, returned }) as Tagged

/** The same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

test('what is leased counts as spent until it is settled or given back', () => {
  const kept = new Kept()
  kept.tell(set({ per: 'day', nano: 1000, kind: 'hard' }))
  // A quarter of what is left at most, unless more is needed.
  assert.deepEqual(kept.tell(lease('one', 100, 400)), { granted: 250, left: 1000 })
  assert.deepEqual(kept.tell(lease('one', 150, 400)), { granted: 187, left: 750 })
  assert.deepEqual(kept.tell(lease('two', 563, 800)), { granted: 563, left: 563 })
  assert.deepEqual(kept.tell(lease('three', 1, 10)), { granted: 0, left: 0 })
  kept.tell(settle('one', 150, 287))
  assert.deepEqual([spentIn(kept.state, 'day', noon), leftAt(kept.state, noon)], [150, 287])
  assert.deepEqual(
    kept.state.leases.map(({ holder }) => holder),
    ['two'],
  )
})

test('the tightest of several limits counts, and each begins anew with its own day and month', () => {
  const kept = new Kept()
  kept.tell(set({ per: 'day', nano: 500, kind: 'hard' }, { per: 'month', nano: 800, kind: 'hard' }))
  kept.tell(lease('one', 500, 500))
  kept.tell(settle('one', 500))
  assert.equal(leftAt(kept.state, kept.at), 0)
  kept.at += 86_400_000
  assert.equal(leftAt(kept.state, kept.at), 300)
  kept.at = Date.UTC(2030, 1, 1)
  assert.equal(leftAt(kept.state, kept.at), 500)
})

test('a soft limit holds nobody up, and is told once a span', () => {
  const kept = new Kept()
  kept.tell(set({ per: 'day', nano: 100, kind: 'soft' }))
  assert.equal((kept.tell(lease('one', 1, 1000)) as { readonly granted: number }).granted, 1000)
  kept.tell(settle('one', 90))
  assert.deepEqual(kept.state.passed, [])
  kept.tell(settle('one', 90))
  kept.tell(settle('one', 90))
  assert.deepEqual(kept.state.passed, ['day 2030-01-01'])
  kept.at += 86_400_000
  kept.tell(settle('one', 150))
  assert.deepEqual(kept.state.passed, ['day 2030-01-02'])
})

test('a lease whose holder says nothing for longer than any call is spent, until somebody gives it back', () => {
  const kept = new Kept()
  kept.tell(set({ per: 'total', nano: 1000, kind: 'hard' }))
  kept.tell(lease('gone', 300, 300))
  kept.at += lostAfterMs + 1
  kept.tell(lease('here', 100, 100))
  assert.deepEqual([kept.state.lost, spentIn(kept.state, 'total', kept.at)], [300, 300])
  assert.equal(
    (kept.tell({ type: 'reconcile', nano: 301, answer: null } as Tagged) as { readonly code: string }).code,
    'budgets.nothing-lost',
  )
  kept.tell({ type: 'reconcile', nano: 300, answer: null } as Tagged)
  assert.deepEqual([kept.state.lost, leftAt(kept.state, kept.at)], [0, 900])
  // What is brought back twice under one number counts once.
  for (let times = 0; times < 2; times += 1)
    kept.tell({ type: 'settle', holder: 'here', spent: 0, returned: 40, number: 1 } as Tagged)
  assert.equal(leftAt(kept.state, kept.at), 940)
})

interface Call {
  readonly reservation: Reservation
  readonly nano: number
}

/** A process of the server: it reserves, spends, settles late, and may end at any moment without a word. */
class Process {
  readonly holder: string
  readonly purse: Purse
  readonly under: Call[] = []
  unsettled = 0
  ended = false

  constructor(holder: string, kept: Kept, late: () => Promise<void>, lost: () => boolean) {
    this.holder = holder
    this.purse = new Purse({
      lease: async (atLeast, needed, wanted) => {
        await late()
        const answer = kept.tell(lease(holder, atLeast, wanted, needed)) as {
          readonly granted: number
          readonly left: number
        }
        await late()
        return answer
      },
      giveBack: async (nano, number) => {
        await late()
        if (!this.ended) kept.tell({ ...settle(holder, 0, nano), number } as Tagged)
        // Now and then the answer is lost, or the whole of it.
        if (lost() && !this.ended) throw new Error('unknown')
      },
    })
  }
}

test('whatever calls, ends, crashes and hand-overs come in whatever order: no limit is passed, nothing is settled twice, leases come back', async () => {
  const seeds = Number(process.env['HEARTH_TEST_BUDGETS'] ?? 150)
  for (let seed = 1; seed <= seeds; seed += 1) await walk(seed)
})

async function walk(seed: number): Promise<void> {
  const random = numbers(seed)
  const kept = new Kept()
  const limit = 1_000 + Math.floor(random() * 100_000)
  kept.tell(set({ per: 'total', nano: limit, kind: 'hard' }))
  const late = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await Promise.resolve()
  }
  let names = 0
  const begin = (): Process => new Process(`p${(names += 1)}`, kept, late, () => random() < 0.01)
  const alive = [begin(), begin()]
  const reserving: Promise<void>[] = []
  let [charged, gone, now] = [0, 0, 0]
  const check = (): void => {
    const leases = kept.state.leases.reduce((sum, { nano }) => sum + nano, 0)
    const spent = spentIn(kept.state, 'total', kept.at)
    assert.ok(spent + leases <= limit, `seed ${seed}: ${spent} spent and ${leases} leased of ${limit}`)
    assert.equal(spent, charged + kept.state.lost, `seed ${seed}: what is spent is what was charged`)
  }
  for (let step = 0; step < 300; step += 1) {
    const place = Math.floor(random() * alive.length)
    const one = alive[place] as Process
    const what = random()
    now += 10
    if (what < 0.45) {
      const wanted = 1 + Math.floor(random() * 2_000)
      const least = 1 + Math.floor(random() * wanted)
      const asked = one.purse.reserve(least, wanted, now).then((reservation) => {
        if (reservation === undefined || one.ended) return
        assert.ok(reservation.nano >= least && reservation.nano <= wanted, `seed ${seed}`)
        one.under.push({ reservation, nano: Math.floor(random() * (reservation.nano + 1)) })
      })
      reserving.push(asked)
    } else if (what < 0.75) {
      const call = one.under.pop()
      if (call === undefined) continue
      one.purse.release(call.reservation, call.nano)
      one.unsettled += call.nano
    } else if (what < 0.9) {
      kept.tell(settle(one.holder, one.unsettled))
      charged += one.unsettled
      one.unsettled = 0
    } else if (what < 0.95) await one.purse.rest(now, 0)
    else if (what < 0.97) {
      one.ended = true
      gone += 1
      alive[place] = begin()
    } else await Promise.allSettled(reserving.splice(0))
    check()
  }
  await Promise.all(reserving)
  for (const one of alive) {
    for (const { reservation, nano } of one.under.splice(0)) {
      one.purse.release(reservation, nano)
      one.unsettled += nano
    }
    kept.tell(settle(one.holder, one.unsettled))
    charged += one.unsettled
    await one.purse.rest(now, 0)
    check()
  }
  const living = new Set(alive.map(({ holder }) => holder))
  assert.deepEqual(
    kept.state.leases.filter(({ holder }) => living.has(holder)),
    [],
    `seed ${seed}: leases come back`,
  )
  kept.at += lostAfterMs + 1
  kept.tell(lease('last', 1, 1))
  assert.ok(gone > 0 || kept.state.lost === 0, `seed ${seed}`)
  check()
}
