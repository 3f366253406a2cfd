import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { HearthError } from '@hearth/protocol'

/** Whom PostgreSQL runs as. It refuses root, and needs a user that has a name. */
export interface OperatingUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** This process is root and runs PostgreSQL as somebody else. */
  readonly other: boolean
}

export function chooseUser(wanted: string | undefined): OperatingUser {
  return process.getuid?.() === 0 ? chooseOther(wanted) : self()
}

/** What `spawn` needs to run something as this user. */
export const asUser = ({ other, uid, gid }: OperatingUser): { uid?: number; gid?: number } =>
  other ? { uid, gid } : {}

function self(): OperatingUser {
  try {
    const { username, uid, gid } = userInfo()
    return { name: username, uid, gid, other: false }
  } catch (error) {
    const detail =
      `This process runs with the user id ${process.getuid?.()}, which has no entry in the list of users, and PostgreSQL ` +
      `does not run without one. Add an entry to /etc/passwd, run as another user, or set DATABASE_URL.`
    throw new HearthError('store.user-missing', detail, { cause: error })
  }
}

function chooseOther(wanted: string | undefined): OperatingUser {
  for (const name of wanted === undefined ? ['postgres', 'nobody'] : [wanted]) {
    const found = findUser(name)
    if (found?.uid === 0) {
      throw new HearthError('store.user-missing', `PostgreSQL refuses to run as root: HEARTH_POSTGRES_USER is ${name}.`)
    }
    if (found !== undefined) return { name, ...found, other: true }
  }
  const none = wanted === undefined ? 'there is no user "postgres" and no "nobody"' : `there is no user "${wanted}"`
  const detail =
    `PostgreSQL refuses to run as root, and ${none}. Name one that exists with HEARTH_POSTGRES_USER, make one ` +
    `("useradd --system postgres"), start Hearth as an ordinary user, or set DATABASE_URL.`
  throw new HearthError('store.user-missing', detail)
}

function findUser(name: string): { uid: number; gid: number } | undefined {
  const line = readUsers().find((entry) => entry.startsWith(`${name}:`))
  if (line !== undefined) {
    const [, , uid, gid] = line.split(':')
    return { uid: Number(uid), gid: Number(gid) }
  }
  // Users of a directory service, and all of macOS's, are not in the file.
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

function readUsers(): readonly string[] {
  try {
    return readFileSync('/etc/passwd', 'utf8').split('\n')
  } catch {
    return []
  }
}
