// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { slotOf, type CommandEnvelope } from '@hearth/kernel'
import { coreErrors } from '@hearth/protocol'
import { createShares, slotsOf, type Shares } from '../../src/shares.ts'
import { createDealing, type Dealing } from '../../src/workers/dealing.ts'
import { LinkLost, openLink, serveLinks } from '../../src/workers/link.ts'
import { createRouter, type Router } from '../../src/workers/router.ts'
import type { WorkerHandle } from '../../src/workers/worker-handle.ts'
import type { Owners } from '../../src/workers/words.ts'
import { at, ledger } from '../log/ledger-actor.ts'
import { command, openStore, until, type TestStore } from '../log/store.ts'

// Workers without their processes: real kernels on a real log, real sockets between them, and the supervisor's own way to deal.

let store: TestStore
let sql: ReturnType<TestStore['as']>
before(async () => {
  store = await openStore([ledger])
  sql = store.as('read')
})
after(() => store[Symbol.asyncDispose]())

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const log = { ...silent, fatal: () => undefined, isLevelEnabled: () => false }
const pass = randomBytes(32)

interface Worker extends AsyncDisposable {
  readonly handle: WorkerHandle
  readonly router: Router
  readonly shares: Shares
  fenced: number
  /** Its sockets close and nothing more of it is heard; what it holds stays as it is. */
  die(): Promise<void>
}

async function startWorker(id: string, deaf = false): Promise<Worker> {
  const exited = Promise.withResolvers<void>()
  let alive = true
  const shares = createShares(2, (share) =>
    store.kernel({ actors: [ledger], owner: id, slots: slotsOf(share, 2), onFenced: () => (worker.fenced += 1) }),
  )
  const router = createRouter({
    me: id,
    pass,
    shares,
    errors: coreErrors,
    onFailure: (error) => assert.fail(String(error)),
    onTouched: () => undefined,
  })
  const links = await serveLinks(pass, (body) => (deaf ? new Promise(() => undefined) : router.receive(body)))
  const answer: Record<string, (body: never) => unknown> = {
    owners: (owners: Owners) => router.follow(owners),
    take: (share: number) => shares.take(share),
    give: ({ share, hurryMs }: { share: number; hurryMs: number }) => shares.give(share, hurryMs),
    readReferences: () => null,
  }
  const worker: Worker = {
    handle: {
      id,
      pid: 0,
      port: links.port,
      ask: async (name, body) => (await answer[name]?.(body as never)) as never,
      exited: exited.promise,
      isAlive: () => alive,
      kill: () => undefined,
    },
    router,
    shares,
    fenced: 0,
    die: async () => {
      alive = false
      await links[Symbol.asyncDispose]()
      exited.resolve()
    },
    [Symbol.asyncDispose]: async () => {
      await shares.giveAll()
      router[Symbol.dispose]()
      if (alive) await worker.die()
    },
  }
  return worker
}

async function crewOf(...workers: readonly Worker[]): Promise<Dealing> {
  const dealing = createDealing(2, log)
  for (const { handle } of workers) dealing.join(handle)
  await dealing.settle()
  return dealing
}

const write = (home: string, text: string, more: Partial<CommandEnvelope> = {}): CommandEnvelope =>
  command(at(home), { type: 'write', text } as { readonly type: string }, more)

const keyed = (): Partial<CommandEnvelope> => ({
  key: { scope: crypto.randomUUID(), hash: crypto.randomUUID() },
})

const linesOf = async (home: string): Promise<number> => {
  const [row] = await sql`select lines from hearth.view_ledger_1 where home = ${home}`
  return Number(row?.['lines'] ?? 0)
}

/** A home of that share. */
const homeIn = (share: number, name: string): string => {
  for (let index = 0; ; index += 1) if (slotOf('main', `${name}-${index}`) % 2 === share) return `${name}-${index}`
}

test('a share that is handed to and fro under load: every call is answered, and done once', async () => {
  await using one = await startWorker('one')
  await using other = await startWorker('other')
  const dealing = await crewOf(one, other)
  const homes = Array.from({ length: 20 }, (_, index) => `fro-${index}`)
  const done = new Map<string, number>()
  let going = true
  const clients = Array.from({ length: 12 }, async (_, client) => {
    for (let number = 0; going; number += 1) {
      const home = homes[(client * 7 + number) % homes.length] as string
      const { router } = number % 2 === 0 ? one : other
      const reply = await router.submit(write(home, `${client}.${number}`))
      assert.equal(reply.status, 200)
      done.set(home, (done.get(home) ?? 0) + 1)
    }
  })
  for (let move = 0; move < 10; move += 1) {
    const before = [...done.values()].reduce((sum, count) => sum + count, 0)
    await until(() => [...done.values()].reduce((sum, count) => sum + count, 0) > before + 20, 'calls are answered')
    await dealing.move(move % 2, (move % 4 < 2 ? other : one).handle)
  }
  going = false
  await Promise.all(clients)
  for (const [home, count] of done) assert.equal(await linesOf(home), count, home)
  assert.deepEqual([one.fenced, other.fenced], [0, 0])
})

test('under one key one command is decided, whichever worker it comes to', async () => {
  await using one = await startWorker('one')
  await using other = await startWorker('other')
  await crewOf(one, other)
  for (let round = 0; round < 10; round += 1) {
    const envelope = write(`keyed-${round}`, 'once', keyed())
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? one : other).router.submit(envelope)),
    )
    assert.equal(replies.filter(({ replayed }) => !replayed).length, 1)
    assert.equal(await linesOf(`keyed-${round}`), 1)
  }
})

test('a worker that ends with calls on their way: with a key they go to the next owner, without one nobody knows', async () => {
  await using one = await startWorker('one')
  await using other = await startWorker('other', true)
  const dealing = await crewOf(one, other)
  const share = dealing.sharesOf(other.handle)[0] ?? Number.NaN
  const home = homeIn(share, 'lost')
  const with_ = one.router.submit(write(home, 'with a key', keyed()))
  const without = one.router.submit(write(home, 'without'))
  const refused = assert.rejects(without, { code: 'worker.lost' })
  // Both have reached it when this has.
  await new Promise((resolve) => setTimeout(resolve, 100))
  await other.die()
  await dealing.settle()
  assert.equal((await with_).status, 200)
  await refused
  assert.equal(await linesOf(home), 1)
  // It lives on without knowing: what it still decides changes nothing.
  await assert.rejects(other.shares.kernelOf(share)?.submit(write(home, 'stale')) ?? Promise.resolve())
  assert.equal(await linesOf(home), 1)
  assert.ok(other.fenced > 0)
})

test('only who holds the secret speaks on a link, on either side', async () => {
  const heard: unknown[] = []
  await using links = await serveLinks(pass, async (body) => void heard.push(body))
  for (const said of ['GET / HTTP/1.1\r\n\r\n', frame({ nonce: 'x' }) + frame({ nonce: 'x', proof: 'y' }) + ask]) {
    const socket = connect({ host: '127.0.0.1', port: links.port })
    socket.on('error', () => undefined).resume()
    socket.write(said)
    await once(socket, 'close')
  }
  const stranger = openLink(links.port, randomBytes(32), () => undefined)
  await assert.rejects(stranger.ask('secret'), (error) => error instanceof LinkLost && !error.wasSent)
  assert.deepEqual(heard, [])
  const friend = openLink(links.port, pass, () => undefined)
  assert.equal(await friend.ask('hello'), undefined)
  assert.deepEqual(heard, ['hello'])
  friend.close()
})

function frame(message: object): string {
  const text = JSON.stringify(message)
  return `\0\0\0${String.fromCharCode(text.length)}${text}`
}
const ask = frame({ number: 1, body: 'secret' })
