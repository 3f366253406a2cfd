import { hash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { writeByRename } from '../../platform/write-file.ts'

const linkMs = 15 * 60 * 1000
export const sessionMs = 30 * 24 * 60 * 60 * 1000
const sessionLimit = 100

const kept = z.object({ owner: z.string(), expires: z.number() })

/** Browsers that the owner signed in, a file each: whichever process of a server is asked knows them. Only hashes are held. */
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
  readonly folder: string
  readonly owner: string
  readonly now?: () => number
}): Sessions {
  const { folder, owner, now = Date.now } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  const expiryOf = (name: string): number => {
    const found = kept.safeParse(read(join(folder, name)))
    return found.success && found.data.owner === owner ? found.data.expires : 0
  }
  const make = (sort: Sort, lifeMs: number): string => {
    prune(folder, expiryOf, now())
    const value = randomBytes(32).toString('base64url')
    writeByRename(join(folder, nameOf(sort, value)), JSON.stringify({ owner, expires: now() + lifeMs }))
    return value
  }
  return {
    issueToken: () => make('link', linkMs),
    spendToken: (token) => {
      const name = nameOf('link', token)
      const expires = expiryOf(name)
      // Of several who spend it at once, one removes the file.
      return remove(join(folder, name)) && expires > now()
    },
    begin: () => make('session', sessionMs),
    has: (value) => expiryOf(nameOf('session', value)) > now(),
    end: (value) => void remove(join(folder, nameOf('session', value))),
  }
}

type Sort = 'link' | 'session'

const nameOf = (sort: Sort, secret: string): string => `${sort}-${hash('sha256', secret, 'hex')}`

/** What has expired or is damaged goes, and the oldest sessions where there are too many. */
function prune(folder: string, expiryOf: (name: string) => number, now: number): void {
  const names = readdirSync(folder).filter((name) => /^(link|session)-[0-9a-f]{64}$/.test(name))
  const over = names.filter((name) => expiryOf(name) <= now)
  const sessions = names.filter((name) => name.startsWith('session-') && !over.includes(name))
  const ages = new Map(sessions.map((name) => [name, madeAt(join(folder, name))]))
  const oldest = sessions.toSorted((a, b) => ((ages.get(a) ?? 0n) < (ages.get(b) ?? 0n) ? -1 : 1))
  for (const name of over.concat(oldest.slice(0, Math.max(0, sessions.length - sessionLimit + 1))))
    rmSync(join(folder, name), { force: true })
}

const madeAt = (path: string): bigint => statSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? 0n

/** Without its file, or with a damaged one, a browser signs in again. */
function read(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError) && (error as { code?: string }).code !== 'ENOENT') throw error
    return undefined
  }
}

function remove(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
    return false
  }
}
