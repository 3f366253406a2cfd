import type { ErrorTable, JsonSchema, OperationDefinition } from '@hearth/protocol'
import { refusalsOf } from './refusals.ts'
import { pascal, schemasOf, type NamedSchemas, type OperationSchemas } from './schemas.ts'
import { referTo } from './shared.ts'

export interface DescribedPath {
  readonly path: string
  readonly method: string
  readonly entry: JsonSchema
}

export interface DescribeOptions {
  readonly root: string
  readonly errors: ErrorTable
  readonly schemas: NamedSchemas
}

type Fields = Readonly<Record<string, unknown>>

/** Both forms in which an operation can be called. */
export function pathsOf(operation: OperationDefinition, options: DescribeOptions): readonly DescribedPath[] {
  const { root, schemas } = options
  const { name, path } = operation
  const parts = schemasOf(operation)
  const input = schemas.add(`${pascal(name)}Input`, `${pascal(name)}Input`, parts.input)
  const output = schemas.add(`${pascal(name)}Output`, pascal(name), parts.output)
  const call = {
    ...common(operation, `${name}.call`, output, options),
    description: sentence(
      operation,
      `The same as \`${path.method} ${root}${path.path}\`, with all of the input in the body.`,
    ),
    parameters: headersOf(operation),
    requestBody: bodyOf(input, parts.required.length > 0, operation.examples.map(toExample)),
  }
  return [
    { path: `${root}/call/${name}`, method: 'post', entry: call },
    {
      path: `${root}${path.path}`,
      method: path.method.toLowerCase(),
      entry: resource(operation, parts, { input, output }, options),
    },
  ]
}

/** Path parameters are taken from the input; of the rest, a GET or DELETE has a query and the others a body. */
function resource(
  operation: OperationDefinition,
  { input, properties, required, inPath }: OperationSchemas,
  references: { readonly input: JsonSchema; readonly output: JsonSchema },
  options: DescribeOptions,
): JsonSchema {
  const { name, path, examples } = operation
  const rest = Object.keys(properties).filter((field) => !inPath.includes(field))
  const isQuery = path.method === 'GET' || path.method === 'DELETE'
  const parameters = [
    ...inPath.map((field) => parameter(field, 'path', true, properties, examples)),
    ...(isQuery ? rest.map((field) => parameter(field, 'query', required.includes(field), properties, examples)) : []),
    ...headersOf(operation),
  ]
  const entry = {
    ...common(operation, name, references.output, options),
    description: sentence(operation, `The same as \`POST ${options.root}/call/${name}\`.`),
    parameters,
  }
  if (isQuery || rest.length === 0) return entry
  const needed = required.filter((field) => rest.includes(field))
  const { properties: _, required: __, ...bare } = input
  const ofRest = { ...bare, properties: pick(properties, rest), ...(needed.length === 0 ? {} : { required: needed }) }
  const body =
    inPath.length === 0 ? references.input : options.schemas.add(`${pascal(name)}Body`, `${pascal(name)}Input`, ofRest)
  const inBody = examples.map((example) => toExample({ ...example, input: pick(example.input as Fields, rest) }))
  return { ...entry, requestBody: bodyOf(body, needed.length > 0, inBody) }
}

const common = (
  operation: OperationDefinition,
  operationId: string,
  output: JsonSchema,
  { errors }: DescribeOptions,
): JsonSchema => ({
  operationId,
  summary: operation.summary,
  tags: [areaOf(operation)],
  'x-hearth-operation': operation.name,
  'x-hearth-permission': operation.permission,
  'x-hearth-consequence': operation.consequence,
  responses: {
    200: {
      description: 'What came of it.',
      headers: referTo(['Hearth-Position', 'Idempotency-Replayed', 'X-Request-Id']),
      content: { 'application/json': { schema: output } },
    },
    ...refusalsOf(operation, errors),
  },
})

export const areaOf = ({ name }: Pick<OperationDefinition, 'name'>): string => name.slice(0, name.indexOf('.'))

const sentence = ({ permission, consequence }: OperationDefinition, form: string): string =>
  `${form} Needs the scope \`${permission}\`; its consequence is \`${consequence}\`.`

const headersOf = ({ consequence }: OperationDefinition): readonly JsonSchema[] => [
  { $ref: '#/components/parameters/IdempotencyKey' },
  ...(consequence === 'read' ? [{ $ref: '#/components/parameters/HearthPosition' }] : []),
]

function parameter(
  name: string,
  place: 'path' | 'query',
  required: boolean,
  properties: Readonly<Record<string, JsonSchema>>,
  examples: OperationDefinition['examples'],
): JsonSchema {
  const { description, ...schema } = properties[name] ?? {}
  const shown = examples.map(({ input }) => (input as Fields)[name]).find((value) => value !== undefined)
  return {
    name,
    in: place,
    required,
    ...(description === undefined ? {} : { description }),
    schema,
    ...(shown === undefined ? {} : { example: shown }),
  }
}

type NamedExample = readonly [string, JsonSchema]

const toExample = ({ title, input }: OperationDefinition['examples'][number]): NamedExample => [
  title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
  { summary: title, value: input },
]

const bodyOf = (schema: JsonSchema, required: boolean, examples: readonly NamedExample[]): JsonSchema => ({
  required,
  content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
})

const pick = <Value>(from: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> =>
  Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name] as Value]))
