import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { HearthError } from '@hearth/protocol'

/** The passwords kept in the file, or new ones, kept from now on. Of two that make them at once, both get the first's. */
export function keepPasswords<Name extends string>(path: string, names: readonly Name[]): Record<Name, string> {
  if (!existsSync(path)) makePasswords(path, names)
  return readPasswords(path, names)
}

function makePasswords(path: string, names: readonly string[]): void {
  const made = Object.fromEntries(names.map((name) => [name, randomBytes(32).toString('base64url')]))
  const next = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(next, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(next, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(next)
  }
}

function readPasswords<Name extends string>(path: string, names: readonly Name[]): Record<Name, string> {
  const damaged = (cause?: unknown): HearthError =>
    new HearthError('store.passwords-damaged', `${path} is damaged. Remove it, and new passwords are set.`, { cause })
  let kept: unknown
  try {
    kept = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw error instanceof SyntaxError ? damaged(error) : error
  }
  const passwords = kept as Partial<Record<Name, unknown>> | null
  if (names.some((name) => typeof passwords?.[name] !== 'string')) throw damaged()
  return passwords as Record<Name, string>
}

/** What PostgreSQL stores of a password. Sent in its place, so the password is in no statement and in no log of another's server. */
export function scramVerifier(password: string): string {
  const iterations = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const sign = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(sign('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${sign('Server Key').toString('base64')}`
}
