import type { ErrorTable, JsonSchema, OperationDefinition } from '@hearth/protocol'
import { areaOf } from '../described/operation-paths.ts'
import { codesOf } from '../described/refusals.ts'
import { schemasOf } from '../described/schemas.ts'
import { earlyErrors } from '../errors.ts'
import { commandOf, curlOf } from './examples.ts'
import { typeText } from './type-text.ts'

export interface Field {
  /** With dots for what lies within: `calls[].operation`. */
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly about: string
}

export interface Example {
  readonly title: string
  readonly curl: string
  readonly command: string
}

export interface ErrorEntry {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly later: boolean
}

export interface OperationEntry {
  readonly name: string
  readonly summary: string
  readonly method: string
  readonly path: string
  readonly permission: string
  readonly consequence: string
  readonly input: readonly Field[]
  readonly output: readonly Field[]
  readonly examples: readonly Example[]
  /** Besides those of every call. */
  readonly errors: readonly ErrorEntry[]
}

export interface Reference {
  readonly version: string
  readonly areas: readonly { readonly name: string; readonly operations: readonly OperationEntry[] }[]
  /** Every code there is. */
  readonly errors: readonly ErrorEntry[]
  /** Codes that any call can be answered with. */
  readonly common: ReadonlySet<string>
}

export interface ReferenceOptions {
  readonly version: string
  readonly operations: readonly OperationDefinition[]
  readonly errors: ErrorTable
}

const root = '/api/v1'

/** What is said of the operations to people, on the page and in the documents alike. */
export function referenceOf({ version, operations, errors: known }: ReferenceOptions): Reference {
  const errors = { ...earlyErrors, ...known }
  const areas = [...Map.groupBy(operations, areaOf)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const common = new Set(operations.flatMap((each) => codesOf({ ...each, errors: [] }, errors)))
  return {
    version,
    areas: areas.map(([name, inArea]) => ({
      name,
      operations: inArea.map((operation) => entryOf(operation, errors, common)),
    })),
    errors: Object.keys(errors)
      .toSorted()
      .map((code) => errorEntry(code, errors)),
    common,
  }
}

function entryOf(operation: OperationDefinition, errors: ErrorTable, common: ReadonlySet<string>): OperationEntry {
  const { input, output } = schemasOf(operation)
  const { name, summary, permission, consequence, path, examples } = operation
  return {
    name,
    summary,
    permission,
    consequence,
    method: path.method,
    path: `${root}${path.path}`,
    input: fieldsOf(input),
    output: fieldsOf(output),
    examples: examples.map((example) => ({
      title: example.title,
      curl: curlOf(name, example.input),
      command: commandOf(name, example.input),
    })),
    errors: (operation.errors ?? [])
      .filter((code) => !common.has(code))
      .toSorted()
      .map((code) => errorEntry(code, errors)),
  }
}

const errorEntry = (code: string, errors: ErrorTable): ErrorEntry => {
  const { status, title, retry } = errors[code] ?? { status: 500, title: 'Something went wrong here' }
  return { code, status, title, later: retry === 'later' }
}

type Properties = Readonly<Record<string, JsonSchema>>

function fieldsOf(schema: JsonSchema, prefix = ''): readonly Field[] {
  const properties = (schema['properties'] ?? {}) as Properties
  const required = new Set((schema['required'] ?? []) as readonly string[])
  return Object.entries(properties).flatMap(([name, inner]) => {
    const about = inner['description']
    const own = {
      name: `${prefix}${name}`,
      type: typeText(inner),
      required: required.has(name),
      about: typeof about === 'string' ? about : '',
    }
    const within = insideOf(inner)
    return [own, ...within.flatMap(({ schema: deeper, suffix }) => fieldsOf(deeper, `${own.name}${suffix}.`))]
  })
}

/** The objects that a field holds, itself or in a list. */
function insideOf(schema: JsonSchema): readonly { readonly schema: JsonSchema; readonly suffix: string }[] {
  if (schema['properties'] !== undefined) return [{ schema, suffix: '' }]
  const { items, anyOf = [], oneOf = [] } = schema as Readonly<Record<string, unknown>>
  const inItems = items === undefined ? [] : insideOf(items as JsonSchema)
  const options = [...(anyOf as readonly JsonSchema[]), ...(oneOf as readonly JsonSchema[])]
  return [...inItems.map((each) => ({ ...each, suffix: `[]${each.suffix}` })), ...options.flatMap(insideOf)]
}
