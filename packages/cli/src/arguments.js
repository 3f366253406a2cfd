import { usage } from './errors.js'

/**
 * The command's own options. After an operation's name a field of the operation wins over the option of the same name.
 * @typedef {object} OwnOptions
 * @property {boolean} json
 * @property {boolean} help
 * @property {boolean} version
 * @property {string} [url]
 * @property {string} [data]
 * @property {string} [key]
 * @property {string} [input]
 */

/** @typedef {{ name: string, value: string | undefined }} Flag `--name value`, `--name=value` or `--name` alone */

const flagNames = /** @type {const} */ (['json', 'help', 'version'])
const valueNames = /** @type {const} */ (['url', 'data', 'key', 'input'])

/** @param {string} name @returns {name is typeof flagNames[number]} */
const isFlagName = (name) => flagNames.some((known) => known === name)

/** @param {string} name @returns {name is typeof valueNames[number]} */
export const isValueName = (name) => valueNames.some((known) => known === name)

const short = new Map([
  ['-h', '--help'],
  ['-v', '--version'],
])

/**
 * Splits the command line into the own options that stand before the command, the command, and what follows it.
 * @param {readonly string[]} words
 */
export function splitCommand(words) {
  /** @type {OwnOptions} */
  const options = { json: false, help: false, version: false }
  let at = 0
  for (; at < words.length; at++) {
    const word = short.get(words[at] ?? '') ?? words[at] ?? ''
    if (!word.startsWith('-')) break
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (isFlagName(name) && inline === undefined) options[name] = true
    else if (isValueName(name)) options[name] = inline ?? valueAfter(words, at++)
    else throw usage(`There is no option ${word}.`)
  }
  return { options, command: words[at], rest: words.slice(at + 1) }
}

/** @param {readonly string[]} words @param {number} at */
function valueAfter(words, at) {
  const value = words[at + 1]
  if (value === undefined) throw usage(`${words[at]} needs a value.`)
  return value
}

/**
 * What follows the command, as `--name value` pairs. A word after a flag is its value unless it is a flag itself;
 * whether a flag alone is allowed is for the field's type to say.
 * @param {readonly string[]} words
 * @param {OwnOptions} options where `--json` and `--help` are noted: they are the command's own wherever they stand
 */
export function readFlags(words, options) {
  /** @type {Flag[]} */
  const flags = []
  for (let at = 0; at < words.length; at++) {
    const word = short.get(words[at] ?? '') ?? words[at] ?? ''
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) throw usage(`Unexpected "${word}": values belong to a --field.`)
    const next = words[at + 1]
    if ((name === 'json' || name === 'help') && inline === undefined) options[name] = true
    else if (inline !== undefined) flags.push({ name, value: inline })
    else if (next === undefined || (next.startsWith('--') && next.length > 2)) flags.push({ name, value: undefined })
    else {
      flags.push({ name, value: next })
      at++
    }
  }
  return flags
}

/**
 * For commands that are no operations: every flag is an own option.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {readonly string[]} allowed
 */
export function readOwnOptions(words, options, allowed) {
  for (const { name, value } of readFlags(words, options)) {
    if (!allowed.includes(name) || !isValueName(name)) throw usage(`There is no option --${name} here.`)
    if (value === undefined) throw usage(`--${name} needs a value.`)
    options[name] = value
  }
}
