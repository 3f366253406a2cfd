import { hash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { writeByRename } from '../../platform/write-file.ts'

const linkMs = 15 * 60 * 1000
export const sessionMs = 30 * 24 * 60 * 60 * 1000
const sessionLimit = 100

const kept = z.object({ owner: z.string(), sessions: z.record(z.string(), z.number()) })

/** Browsers that the owner signed in. Only hashes are held, in memory and in the file. */
export interface Sessions {
  /** A token that signs one browser in, once, within 15 minutes. */
  issueToken(): string
  /** Whether the token was good; it is not any more. */
  spendToken(token: string): boolean
  /** The value of a new session's cookie. */
  begin(): string
  has(value: string): boolean
  end(value: string): void
}

/** Sessions outlive a restart, but not a change of the owner's key. */
export function openSessions(options: {
  readonly file: string
  readonly owner: string
  readonly now?: () => number
}): Sessions {
  const { file, owner, now = Date.now } = options
  const sessions = read(file, owner)
  const tokens = new Map<string, number>()

  const save = (): void => {
    for (const [digest, expires] of sessions) if (expires <= now()) sessions.delete(digest)
    for (const digest of sessions.keys()) {
      if (sessions.size <= sessionLimit) break
      sessions.delete(digest)
    }
    writeByRename(file, JSON.stringify({ owner, sessions: Object.fromEntries(sessions) }))
  }
  return {
    issueToken: () => {
      const token = random()
      tokens.set(digestOf(token), now() + linkMs)
      return token
    },
    spendToken: (token) => {
      const expires = tokens.get(digestOf(token))
      tokens.delete(digestOf(token))
      return expires !== undefined && expires > now()
    },
    begin: () => {
      const value = random()
      sessions.set(digestOf(value), now() + sessionMs)
      save()
      return value
    },
    has: (value) => (sessions.get(digestOf(value)) ?? 0) > now(),
    end: (value) => {
      if (sessions.delete(digestOf(value))) save()
    },
  }
}

function read(file: string, owner: string): Map<string, number> {
  try {
    const parsed = kept.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (parsed.success && parsed.data.owner === owner) return new Map(Object.entries(parsed.data.sessions))
  } catch (error) {
    // Without the file, or with a damaged one, every browser signs in again.
    if (!(error instanceof SyntaxError) && (error as { code?: string }).code !== 'ENOENT') throw error
  }
  return new Map()
}

const random = (): string => randomBytes(32).toString('base64url')

const digestOf = (secret: string): string => hash('sha256', secret, 'base64url')
