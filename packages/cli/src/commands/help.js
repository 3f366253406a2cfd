import { readFileSync } from 'node:fs'

/** @import { Operation } from '../client/operations.js' */
/** @import { Schema } from '../client/fields.js' */

export const version = () =>
  /** @type {string} */ (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version)

export const help = () => `hearth ${version()}: a self-hosted home for AI agents

  hearth start [--port N] [--host H] [--data DIR] [--log LEVEL] [--config FILE]
                              run the server here until it is stopped
  hearth stop                 stop the server of the data folder and wait until it is gone
  hearth status [--json]      what the server holds, owes and uses
  hearth backup [--to DIR]    copy everything to a folder while the server goes on (not the master key)
  hearth restore --from DIR [--data DIR]
                              fill a data folder that has no database from a backup
  hearth OPERATION [--field value]… [--json]
                              call an operation: hearth reminders.set --text tea --at 2030-01-01T16:00:00Z
  hearth help OPERATION       its fields
  hearth help operations      all operations of the running server

Fields: numbers, booleans and nested values are written as JSON; a list is the field repeated; --field alone
is true, --no-field false, --field=--text a value that begins with dashes.

Options, before the command (after an operation a field of the same name wins):
  --data DIR    the data folder (HEARTH_DATA, else ~/.hearth), which says where the server is and holds its key
  --url URL     call this server instead; the key is HEARTH_OWNER_KEY or the data folder's owner.key
  --key TEXT    the idempotency key of the call; otherwise each call that writes gets one of its own
  --input FILE  the input as JSON, - for standard input; fields given as well win
  --json        standard output is JSON only
  --version, --help

Exit codes: 0 done, 1 failed, 2 wrong usage.
`

/**
 * @param {Schema} schema
 * @returns {string}
 */
function typeText(schema) {
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  if (choices.length > 0) return [...new Set(choices.map(typeText))].join(' | ')
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.type === 'array') return `${typeText(schema.items ?? {})} (repeat)`
  return [schema.type ?? 'JSON'].flat().join(' | ')
}

/** @param {Operation} operation */
export function operationHelp({ name, summary, input }) {
  const lines = Object.entries(input?.properties ?? {}).map(([field, schema]) => {
    const need = input?.required?.includes(field) === true ? 'required' : ''
    return `  --${field.padEnd(14)} ${typeText(schema)} ${need} ${schema.description ?? ''}`.trimEnd()
  })
  return [`hearth ${name}`, ...(summary === undefined ? [] : [`  ${summary}`]), ...lines, ''].join('\n')
}
