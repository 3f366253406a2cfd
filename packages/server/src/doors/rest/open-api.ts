import type { ErrorTable, JsonSchema, OperationDefinition } from '@hearth/protocol'
import { areaOf, pathsOf } from './described/operation-paths.ts'
import { ownPaths, ownSchemas } from './described/own-paths.ts'
import { allRefusals } from './described/refusals.ts'
import { namedSchemas } from './described/schemas.ts'
import { headers, parameters, problemIssueSchema, problemSchema, securitySchemes } from './described/shared.ts'
import { earlyErrors } from './errors.ts'

export interface OpenApiOptions {
  readonly version: string
  readonly operations: readonly OperationDefinition[]
  readonly errors: ErrorTable
}

const root = '/api/v1'

const about = `A self-hosted home for AI agents.

Every operation can be called in two forms: at \`POST /api/v1/call/<operation>\` with its input as the body, and at a path of its own.
Both take the same input, need the same permission and give the same answer, and an \`Idempotency-Key\` counts for both.

Refusals are \`application/problem+json\` with a stable \`code\`. Lists answer \`{ items, next }\`; \`next\` is what the next page is asked for with,
as \`after\`, and null on the last one. The answer to a write says in \`Hearth-Position\` how far the log has come; a read that sends it back sees the write.`

/** OpenAPI 3.1 of both forms in which an operation can be called, and of the server's own paths. */
export function openApi({ version, operations, errors: known }: OpenApiOptions): JsonSchema {
  const errors: ErrorTable = { ...earlyErrors, ...known }
  const schemas = namedSchemas()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const operation of operations) {
    for (const { path, method, entry } of pathsOf(operation, { root, errors, schemas }))
      paths[path] = { ...paths[path], [method]: entry }
  }
  for (const { path, entry } of ownPaths(errors)) paths[path] = entry as Record<string, JsonSchema>
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hearth',
      version,
      summary: 'A self-hosted home for AI agents.',
      description: about,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this description comes from.' }],
    security: [{ key: [] }, { session: [] }],
    tags: tagsOf(operations),
    paths,
    components: {
      securitySchemes,
      parameters,
      headers,
      responses: allRefusals({ errors, operations }),
      schemas: { ...schemas.all(), ...ownSchemas, Problem: problemSchema(errors), ProblemIssue: problemIssueSchema },
    },
  }
}

function tagsOf(operations: readonly OperationDefinition[]): readonly JsonSchema[] {
  const areas = Map.groupBy(operations, areaOf)
  const tags = [...areas].map(([name, inArea]) => ({
    name,
    description: inArea.map((operation) => `- \`${operation.name}\`: ${operation.summary}`).join('\n'),
  }))
  const own = { name: 'server', description: 'How the server does, and how it is described. No operations.' }
  return [...tags.toSorted((a, b) => (a.name < b.name ? -1 : 1)), own]
}
