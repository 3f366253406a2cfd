import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Network extends AsyncDisposable {
  /** The folder of a socket that leads to the database. */
  readonly host: string
  /** What passes on the connections there are is dropped from now on; neither end is told. New ones work. */
  hang(): void
  /** The next connection works until it is asked for a lock; the answer is dropped, and all that follows. */
  hangNext(): void
  /** What passes either way takes so much longer from now on. */
  delay(milliseconds: number): void
  /** Connections of the near end are cut; the far end is not told. */
  cut(): void
}

/** A way to a PostgreSQL that fails as networks do. */
export async function openNetwork(real: { readonly host: string; readonly port: number }): Promise<Network> {
  const host = await mkdtemp(join(tmpdir(), 'hearth-network-'))
  const ends = new Map<Socket, Socket>()
  const silent = new Set<Socket>()
  let hangsNext = false
  let delayMs = 0
  // Parts that were delayed alike stay in their order.
  const pass = (part: Buffer, to: Socket): void => {
    const send = (): unknown => to.destroyed || to.write(part)
    if (delayMs === 0) send()
    else setTimeout(send, delayMs)
  }
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(`${real.host}/.s.PGSQL.${real.port}`)
    ends.set(near, far)
    const hangs = hangsNext
    hangsNext = false
    near
      .on('error', () => undefined)
      .on('data', (part) => {
        if (silent.has(near)) return
        pass(part, far)
        if (hangs && part.includes('pg_try_advisory_lock')) silent.add(near)
      })
    far.on('error', () => undefined).on('data', (part) => silent.has(near) || pass(part, near))
  })
  await new Promise<void>((resolve) => server.listen(`${host}/.s.PGSQL.${real.port}`, resolve))
  return {
    host,
    hang: () => {
      for (const near of ends.keys()) silent.add(near)
    },
    hangNext: () => {
      hangsNext = true
    },
    delay: (milliseconds) => {
      // Nothing overtakes what is on its way.
      delayMs = milliseconds
    },
    cut: () => {
      for (const near of ends.keys()) near.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const both of ends) for (const socket of both) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(host, { recursive: true, force: true })
    },
  }
}
