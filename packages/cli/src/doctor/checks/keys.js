import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../../errors.js'
import { good, wrong } from '../check.js'

/** @import { Finding, Patient } from '../check.js' */

/** @type {import('../check.js').Check} */
export const check = {
  name: 'keys',
  examine: (patient) => {
    const findings = [...ownerKey(patient), ...masterKey(patient)]
    return findings.length === 0
      ? [good(patient.isMade ? 'Both keys are there, for their owner alone.' : 'The first start makes them.')]
      : findings
  },
}

/** @param {string} path @returns {{ text: string | undefined, code: string | undefined, isOpen: boolean }} */
function look(path) {
  try {
    const isOpen = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
    return { text: readFileSync(path, 'utf8').trim(), code: undefined, isOpen }
  } catch (error) {
    return { text: undefined, code: errorCode(error) ?? String(error), isOpen: false }
  }
}

/** @param {string} path @param {string} what @returns {Finding} */
const open = (path, what) =>
  wrong(
    `Others may read ${path}.`,
    `Whoever has it ${what}.`,
    `chmod 600 ${path}; if others could have read it, change it.`,
  )

/** @param {string} path @param {string} code @returns {Finding} */
const unreadable = (path, code) =>
  wrong(
    `${path} cannot be read (${code}).`,
    'The server does not start without it.',
    'Give the file back to the user who runs Hearth.',
  )

/** @param {Patient} patient @returns {Finding[]} */
function ownerKey({ data, isMade, settings, refusal }) {
  const path = join(data, 'owner.key')
  const { text, code, isOpen } = look(path)
  const key = settings.ownerKey ?? text
  const findings = isOpen ? [open(path, 'may do everything here')] : []
  if (key !== undefined && !/^[\x21-\x7e]{16,200}$/.test(key))
    findings.push(
      wrong(
        `${settings.ownerKey === undefined ? path : 'HEARTH_OWNER_KEY'} holds no key: it must be 16 to 200 visible ASCII characters.`,
        'The server does not start with it.',
        'Give another, or remove it to have a new one made.',
      ),
    )
  if (key === undefined && isMade)
    findings.push(
      code === 'ENOENT'
        ? wrong(
            `${path} is not there.`,
            'Neither you nor this command can call the server; programs that know the former key are shut out after the next start.',
            'Put your copy back, or start the server anew: it makes a new key.',
          )
        : unreadable(path, String(code)),
    )
  if (refusal !== undefined && /\(auth\./.test(refusal))
    findings.push(
      wrong(
        `The running server does not know the key of ${settings.ownerKey === undefined ? path : 'HEARTH_OWNER_KEY'}.`,
        'This command cannot call it.',
        'Start the server again: it takes the key that stands there now.',
      ),
    )
  return findings
}

/** @param {Patient} patient @returns {Finding[]} */
function masterKey({ data, isMade, settings: { masterKey: given } }) {
  const path = join(data, 'master.key')
  const { text, code, isOpen } = look(path)
  const findings = isOpen ? [open(path, 'can read everything that is sealed, in backups too')] : []
  const key = given ?? text
  const todo = `Put your copy back as ${path}, or give it as HEARTH_MASTER_KEY.`
  if (key === undefined && isMade)
    findings.push(
      code === 'ENOENT'
        ? wrong(
            `${path} is not there.`,
            'Everything personal is sealed under it: without it nothing of that can be read, ever.',
            todo,
          )
        : unreadable(path, String(code)),
    )
  if (key !== undefined && Buffer.from(key, 'base64').length !== 32)
    findings.push(
      wrong(
        `${given === undefined ? path : 'HEARTH_MASTER_KEY'} does not hold 32 bytes in base64.`,
        'The server does not start with it.',
        todo,
      ),
    )
  return findings
}
