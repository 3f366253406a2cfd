import { usage } from '../errors.js'

/** @import { Flag } from '../arguments.js' */

/**
 * The parts of a JSON Schema that decide how the text of a field is read.
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string | string[]} [type]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {unknown} [additionalProperties]
 * @property {Schema} [items]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [allOf]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {string} [description]
 * @property {Record<string, Schema>} [$defs]
 */

/**
 * The schema and the ones it is a choice or a sum of, references followed.
 * @param {Schema} schema
 * @param {Schema} root
 * @returns {Schema[]}
 */
function branches(schema, root) {
  if (schema.$ref !== undefined) {
    const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1]
    const target = schema.$ref === '#' ? root : root.$defs?.[name ?? '']
    return target === undefined ? [] : branches(target, root)
  }
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  return [schema, ...parts.flatMap((part) => branches(part, root))]
}

/**
 * The fields of an operation's input; undefined when any name is allowed.
 * @param {Schema | undefined} input
 */
export function fieldsOf(input) {
  if (input === undefined) return undefined
  const parts = branches(input, input)
  const open = parts.some(
    ({ additionalProperties: more }) => more === true || (typeof more === 'object' && more !== null),
  )
  const fields = new Map(parts.flatMap((part) => Object.entries(part.properties ?? {})))
  return open && fields.size === 0 ? undefined : fields
}

/**
 * @param {Schema} schema
 * @param {Schema} root
 */
function typesOf(schema, root) {
  const types = branches(schema, root).flatMap((part) => {
    if (part.type !== undefined) return part.type
    return [...(part.enum ?? []), ...('const' in part ? [part.const] : [])].map(typeOf)
  })
  return new Set(types.map((type) => (type === 'integer' ? 'number' : type)))
}

/** @param {unknown} value */
const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** @param {string} text */
function json(text) {
  try {
    return { value: /** @type {unknown} */ (JSON.parse(text)) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {Schema} schema
 * @param {Schema} root
 * @returns {unknown}
 */
function fieldValue(name, text, schema, root) {
  const types = typesOf(schema, root)
  if (text === undefined) {
    if (types.size === 0 || types.has('boolean')) return true
    throw usage(`--${name} needs a value.`)
  }
  const parsed = json(text)
  if (types.size === 0) return parsed === undefined ? text : parsed.value
  const isString = parsed !== undefined && typeof parsed.value === 'string'
  if (parsed !== undefined && !isString && types.has(typeOf(parsed.value))) return parsed.value
  if (types.has('string')) return text
  throw usage(`--${name} takes ${[...types].join(' or ')}, not "${text}".`)
}

/**
 * @param {string} name
 * @param {(string | undefined)[]} texts
 * @param {Schema} schema
 * @param {Schema} root
 */
function repeatedValue(name, texts, schema, root) {
  const list = branches(schema, root).find(({ type, items }) => type === 'array' || items !== undefined)
  if (list !== undefined) {
    const whole = texts.length === 1 && texts[0] !== undefined ? json(texts[0]) : undefined
    if (Array.isArray(whole?.value)) return whole.value
    return texts.map((text) => fieldValue(name, text, list.items ?? {}, root))
  }
  const free = typesOf(schema, root).size === 0
  if (texts.length > 1 && !free) throw usage(`--${name} is given ${texts.length} times.`)
  const values = texts.map((text) => fieldValue(name, text, schema, root))
  return values.length > 1 ? values : values[0]
}

/** @param {string} name */
const camelCase = (name) => name.replaceAll(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase())

/**
 * The field that a flag means: by its name, by its name in kebab-case, or `--no-name` for a boolean.
 * @param {Flag} flag
 * @param {Map<string, Schema>} fields
 * @param {Schema} root
 */
export function findField({ name, value }, fields, root) {
  for (const candidate of [name, camelCase(name)]) {
    if (fields.has(candidate)) return { field: candidate, text: value }
  }
  const positive = name.startsWith('no-') ? camelCase(name.slice(3)) : ''
  const schema = fields.get(positive)
  if (schema === undefined || value !== undefined || !typesOf(schema, root).has('boolean')) return undefined
  return { field: positive, text: 'false' }
}

/**
 * The input that the flags describe.
 * @param {string} operation
 * @param {readonly Flag[]} flags
 * @param {Schema | undefined} input without it, values that are JSON are taken as JSON
 */
export function inputOf(operation, flags, input) {
  const root = input ?? {}
  const fields = fieldsOf(input)
  /** @type {Map<string, (string | undefined)[]>} */
  const given = new Map()
  for (const flag of flags) {
    const found =
      fields === undefined ? { field: camelCase(flag.name), text: flag.value } : findField(flag, fields, root)
    if (found === undefined) {
      const known = [...(fields?.keys() ?? [])].map((name) => `--${name}`).join(' ')
      throw usage(`${operation} has no field --${flag.name}. ${known ? `It has ${known}.` : 'It has none.'}`)
    }
    given.set(found.field, [...(given.get(found.field) ?? []), found.text])
  }
  const entries = [...given].map(([name, texts]) => [name, repeatedValue(name, texts, fields?.get(name) ?? {}, root)])
  return Object.fromEntries(entries)
}
