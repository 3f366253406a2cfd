import { usage } from '../errors.js'
import { plain } from '../plain.js'

/** @import { OwnOptions } from '../arguments.js' */

/** @type {Readonly<Record<string, string>>} */
const prices = { 'input-usd': 'input', 'output-usd': 'output', 'cached-usd': 'cacheRead' }

/** What is said most. The rest, and all of it as JSON, takes the operation models.declare. */
export const declarable = [
  'context',
  'output',
  ...Object.keys(prices),
  'can',
  'regions',
  'data-policy',
  'version',
  'id',
  'state',
  'note',
]

/**
 * @param {import('../client/session.js').Session} session
 * @param {string | undefined} named
 * @param {ReadonlyMap<string, string>} values
 * @param {OwnOptions} options
 */
export async function declare(session, named, values, options) {
  const [provider = '', model] = splitName(named)
  if (model === undefined || model === '')
    throw usage('Which model? hearth models declare PROVIDER/MODEL --context 32768 --input-usd 0.15')
  const facts = factsIn(values)
  const input = {
    provider,
    model,
    ...Object.fromEntries([...values].filter(([name]) => ['version', 'id', 'state', 'note'].includes(name))),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  }
  if (Object.keys(input).length === 2) throw usage('What is to be said of it? "hearth help models" lists the options.')
  const output = await session.call('models.declare', input)
  if (options.json) return void process.stdout.write(`${JSON.stringify(output)}\n`)
  const { version, state } = output
  const of = version === undefined ? '' : `@${version}, ${state}`
  process.stdout.write(
    `${plain(`${provider}/${model}${of}`)}: noted. "hearth models list ${plain(provider)}" shows it.\n`,
  )
}

/** Only the first slash parts them. @param {string | undefined} named */
function splitName(named = '') {
  const at = named.indexOf('/')
  return at < 1 ? [] : [named.slice(0, at), named.slice(at + 1)]
}

/** @param {ReadonlyMap<string, string>} values */
function factsIn(values) {
  /** @type {Record<string, unknown>} */
  const facts = {}
  for (const name of ['context', 'output']) {
    const value = values.get(name)
    if (value !== undefined) facts[name] = tokensIn(name, value)
  }
  const paid = Object.entries(prices).flatMap(([option, rate]) => {
    const value = values.get(option)
    return value === undefined ? [] : [[rate, microsIn(option, value)]]
  })
  if (paid.length > 0) facts['prices'] = Object.fromEntries(paid)
  const can = values.get('can')
  if (can !== undefined) facts['can'] = abilitiesIn(can)
  const regions = values.get('regions')
  if (regions !== undefined) facts['regions'] = partsOf(regions)
  const dataPolicy = values.get('data-policy')
  if (dataPolicy !== undefined) facts['dataPolicy'] = dataPolicy
  return facts
}

/** @param {string} text */
const partsOf = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** One that it has not is said with "no-" before it. @param {string} text */
function abilitiesIn(text) {
  return Object.fromEntries(
    partsOf(text).map((part) => {
      const isNot = part.startsWith('no-')
      const name = isNot ? part.slice(3) : part
      // Of this there are three kinds.
      if (name === 'schema' || name === 'json') return ['structured', isNot ? 'none' : name]
      return [name, !isNot]
    }),
  )
}

/** @param {string} name @param {string} text */
export function tokensIn(name, text) {
  const tokens = Number(text)
  if (!Number.isInteger(tokens) || tokens <= 0) throw usage(`--${name} needs a number of tokens.`)
  return tokens
}

/** Dollars for a million tokens, as price lists say them. @param {string} name @param {string} text */
function microsIn(name, text) {
  const micros = Math.round(Number(text) * 1_000_000)
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text) || !Number.isSafeInteger(micros))
    throw usage(`--${name} needs dollars for a million tokens, with six digits behind the point at most.`)
  return micros
}
