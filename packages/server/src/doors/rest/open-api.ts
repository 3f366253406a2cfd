import { inputSchema, outputSchema, type ErrorTable, type JsonSchema, type OperationDefinition } from '@hearth/protocol'

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    issues: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
}

/** OpenAPI 3.1 of both forms in which an operation can be called. */
export function openApi(options: {
  readonly version: string
  readonly operations: readonly OperationDefinition[]
  readonly errors: ErrorTable
}): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const add = (path: string, method: string, entry: JsonSchema): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: entry }
  }
  for (const operation of options.operations) {
    add(`/api/v1/call/${operation.name}`, 'POST', {
      ...describe(operation, 'call'),
      requestBody: bodyOf(inputSchema(operation)),
    })
    add(`/api/v1${operation.path.path}`, operation.path.method, resource(operation))
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Hearth', version: options.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          ...problem,
          properties: { ...problem.properties, code: { type: 'string', examples: Object.keys(options.errors) } },
        },
      },
    },
  }
}

const bodyOf = (schema: JsonSchema): JsonSchema => ({ required: true, content: { 'application/json': { schema } } })

const describe = (operation: OperationDefinition, form: string): JsonSchema => ({
  operationId: form === 'call' ? `${operation.name}.call` : operation.name,
  summary: operation.summary,
  tags: [operation.name.split('.')[0]],
  'x-permission': operation.permission,
  'x-consequence': operation.consequence,
  responses: {
    200: { description: 'What came of it.', content: { 'application/json': { schema: outputSchema(operation) } } },
    default: {
      description: 'Why not.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
})

/** Path parameters are taken from the input; of the rest, a GET or DELETE has a query and the others a body. */
function resource(operation: OperationDefinition): JsonSchema {
  const {
    properties = {},
    required = [],
    ...schema
  } = inputSchema(operation) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>
    readonly required?: readonly string[]
  }
  const inPath = [...operation.path.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string)
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name))
  const isQuery = operation.path.method === 'GET' || operation.path.method === 'DELETE'
  const parameters = [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: properties[name] })),
    ...(isQuery
      ? rest.map((name) => ({ name, in: 'query', required: required.includes(name), schema: properties[name] }))
      : []),
  ]
  const body = {
    ...schema,
    properties: Object.fromEntries(rest.map((name) => [name, properties[name]])),
    required: required.filter((name) => rest.includes(name)),
  }
  return { ...describe(operation, 'resource'), parameters, ...(isQuery ? {} : { requestBody: bodyOf(body) }) }
}
