import type { FunctionTool, JSONObject, JSONValue } from '../../language.ts'
import { isObject } from '../failures/chain.ts'

export interface NamedCall {
  readonly tool: FunctionTool
  readonly input: JSONObject
}

const mostCalls = 8

/**
 * The tools that a text names with their arguments, in its order: `add({"a": 1})`, `add {"a": 1}`, `add(a=1, b=2)`, or `call add with a=1`.
 * One that needs none is named by `call now` or `now()`.
 */
export function namedCalls(text: string, tools: readonly FunctionTool[]): readonly NamedCall[] {
  const found = tools.flatMap((tool) =>
    placesOf(text, tool.name).flatMap((at) => {
      const input = argumentsAt(text, at, tool)
      return input === null ? [] : [{ at, tool, input }]
    }),
  )
  return found
    .toSorted((one, other) => one.at - other.at)
    .slice(0, mostCalls)
    .map(({ tool, input }) => ({ tool, input }))
}

/** Where it stands as a word of its own. */
function placesOf(text: string, name: string): readonly number[] {
  const places: number[] = []
  for (let at = text.indexOf(name); at !== -1 && places.length < mostCalls; at = text.indexOf(name, at + name.length)) {
    const isWord = !/[\w-]/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + name.length] ?? ' ')
    if (isWord) places.push(at)
  }
  return places
}

function argumentsAt(text: string, at: number, tool: FunctionTool): JSONObject | null {
  const rest = text.slice(at + tool.name.length)
  const json = /^[`'"]?\s*\(?\s*(?:with\s+)?(?=\{)/.exec(rest)
  if (json !== null) return objectIn(rest.slice(json[0].length))
  const pairs = pairsIn(rest, tool)
  if (pairs !== null) return pairs
  const isAsked =
    /^\s*\(\s*\)/.test(rest) || /\b(call|use|run|invoke|try)\s+(the\s+)?(tool\s+)?[`'"]?$/i.test(text.slice(0, at))
  return isAsked && !needsArguments(tool) ? {} : null
}

/** The AI SDK names a package for the type of schemas that is not there, so that they are looked at as what they are. */
const schemaOf = ({ inputSchema }: FunctionTool): Readonly<Record<string, unknown>> => {
  const schema: unknown = inputSchema
  return isObject(schema) ? schema : {}
}

function needsArguments(tool: FunctionTool): boolean {
  const { required } = schemaOf(tool)
  return Array.isArray(required) && required.length > 0
}

/** The object that a text begins with. */
function objectIn(text: string): JSONObject | null {
  let end = text.indexOf('}')
  for (let tries = 0; end !== -1 && tries < 100; tries++, end = text.indexOf('}', end + 1)) {
    try {
      const value: unknown = JSON.parse(text.slice(0, end + 1))
      return isObject(value) && !Array.isArray(value) ? (value as JSONObject) : null
    } catch {
      // The brace was inside of it.
    }
  }
  return null
}

const pair = /^\s*(?:,|and\b)?\s*["']?([A-Za-z_][\w-]*)["']?\s*[=:]\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,()]+)/

function pairsIn(rest: string, tool: FunctionTool): JSONObject | null {
  const opening = /^[`'"]?\s*(?:\(|with\b|:)/.exec(rest)
  if (opening === null) return null
  const { properties } = schemaOf(tool)
  let left = rest.slice(opening[0].length)
  const input: Record<string, JSONValue> = {}
  for (let found = pair.exec(left); found !== null; found = pair.exec(left)) {
    const [whole, name = '', value = ''] = found
    input[name] = valued(value, isObject(properties) ? properties[name] : undefined)
    left = left.slice(whole.length)
  }
  return Object.keys(input).length > 0 ? input : null
}

function valued(written: string, schema: unknown): JSONValue {
  const quoted = /^(["'])(.*)\1$/s.exec(written)
  if (quoted !== null) return quoted[2] ?? ''
  const text = written.replace(/[.;!?]+$/, '')
  const type = isObject(schema) ? schema['type'] : undefined
  if (type === 'string') return text
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text === 'null' ? null : text
}
