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
 * @property {boolean} [watch] of an operation: go on with every change
 * @property {boolean} [all] of an operation: every page of a list
 */

/** @typedef {{ name: string, value: string | undefined }} Flag `--name value`, `--name=value` or `--name` alone */

const flagNames = /** @type {const} */ (['json', 'help', 'version'])
const valueNames = /** @type {const} */ (['url', 'data', 'key', 'input'])
const switchNames = /** @type {const} */ (['watch', 'all'])

/** @param {string} name @returns {name is typeof flagNames[number]} */
const isFlagName = (name) => flagNames.some((known) => known === name)

/** @param {string} name @returns {name is typeof valueNames[number]} */
export const isValueName = (name) => valueNames.some((known) => known === name)

/** Own options of an operation that take no value. @param {string} name @returns {name is typeof switchNames[number]} */
export const isSwitchName = (name) => switchNames.some((known) => known === name)

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
 * whether a flag alone is allowed is for the field's type to say. A - alone is the input, from standard input.
 * @param {readonly string[]} words
 * @param {OwnOptions} options where `--json` and `--help` are noted: they are the command's own wherever they stand
 */
export function readFlags(words, options) {
  /** @type {Flag[]} */
  const flags = []
  for (let at = 0; at < words.length; at++) {
    const word = short.get(words[at] ?? '') ?? words[at] ?? ''
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (word === '-') {
      options.input = '-'
      continue
    }
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
 * @typedef {object} Expected what a command takes besides `--json` and `--help`
 * @property {readonly string[]} [values] options with a value
 * @property {readonly string[]} [flags] options without
 * @property {number} [most] how many words may stand for themselves
 */

/**
 * For commands that are no operations: their options, and the words that stand for themselves. `--data` and `--url` where they are
 * among the values, and `--json`, are noted in the own options.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {Expected} expected
 */
export function readCommand(words, options, { values = [], flags = [], most = 0 }) {
  /** @type {Map<string, string>} */
  const given = new Map()
  /** @type {Set<string>} */
  const set = new Set()
  /** @type {string[]} */
  const rest = []
  for (let at = 0; at < words.length; at++) {
    const word = short.get(words[at] ?? '') ?? words[at] ?? ''
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) {
      if (word.startsWith('-') && word !== '-') throw usage(`There is no option ${word} here.`)
      rest.push(word)
    } else if ((name === 'json' || name === 'help') && inline === undefined) options[name] = true
    else if (flags.includes(name) && inline === undefined) set.add(name)
    else if (values.includes(name)) given.set(name, inline ?? valueAfter(words, at++))
    else throw usage(`There is no option --${name} here.`)
  }
  if (rest.length > most) throw usage(`Unexpected "${rest[most]}".`)
  for (const [name, value] of given) if (isValueName(name)) options[name] = value
  return { values: given, flags: set, rest }
}

/**
 * For commands that take nothing but own options.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {readonly string[]} allowed
 */
export const readOwnOptions = (words, options, allowed) => void readCommand(words, options, { values: allowed })
