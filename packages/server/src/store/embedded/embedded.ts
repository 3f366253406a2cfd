import { rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { announce } from '../announce.ts'
import type { ConnectionOptions, Database, Role } from '../connection.ts'
import { assertRolesCannotBypass, makeRoles, nameRoles } from '../roles.ts'
import { watchDatabase } from '../watch.ts'
import { superuser } from './cluster.ts'
import { patiently } from './patience.ts'
import { readPidFile } from './process.ts'
import { keepServerLog } from './server-log.ts'
import { port } from './settings.ts'
import { type EmbeddedOptions, type Setup, makeDatabase, prepare, rolesAreMade, startOf, writeRecord } from './setup.ts'
import { supervise } from './supervisor.ts'

const database = 'postgres'
const users = { ...nameRoles(), admin: superuser }

/** Makes, starts or takes over the PostgreSQL of a data folder, and keeps it running until disposed, which stops it. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  await using opening = new AsyncDisposableStack()
  const setup = prepare(options)
  const { place, socket, log } = setup
  if (socket.short) opening.defer(() => rmSync(socket.path, { recursive: true, force: true }))
  await makeDatabase(setup)

  const serverLog = opening.use(keepServerLog(join(options.dataFolder, 'logs', 'postgres.log'), log))
  let up = true
  const supervisor = opening.use(await supervise({ ...startOf(setup), serverLog }, () => up))
  if (!rolesAreMade(setup)) await patiently(() => makeRolesOf(setup))

  const currentPid = (): number => readPidFile(place.data)?.pid ?? supervisor.pid
  const changes = announce(log)
  const watch = {
    first: (sql: Sql) => assertRolesCannotBypass(sql, users),
    tell: (now: boolean) => {
      up = now
      changes.tell(up ? { type: 'up', pid: currentPid() } : { type: 'down', pid: null })
    },
  }
  opening.use(await patiently(() => watchDatabase(connectionOf(setup, 'read'), watch)))

  const opened = opening.move()
  return {
    kind: 'embedded',
    connection: (role) => connectionOf(setup, role),
    ...(setup.wal === null
      ? {}
      : {
          written: {
            ...setup.wal,
            data: place.data,
            major: setup.binaries.major,
            admin: () => connectionOf(setup, 'admin'),
          },
        }),
    place: () => ({ pid: currentPid(), socket: socket.path, data: place.data }),
    onChange: changes.listen,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const connectionOf = ({ socket, passwords }: Setup, role: Role | 'admin'): ConnectionOptions => ({
  host: socket.path,
  port,
  user: users[role],
  password: passwords[role],
  database,
  ssl: false,
})

async function makeRolesOf(setup: Setup): Promise<void> {
  const sql = postgres({ ...connectionOf(setup, 'admin'), max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    await makeRoles(sql, { names: users, passwords: setup.passwords, database })
    writeRecord(setup, { passwords: setup.fingerprint })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
