import { inputSchema, outputSchema, type JsonSchema } from '@hearth/protocol'
import type { Feature, Operation } from '@hearth/features'
import type { Generator } from './generator.ts'
import { typeOf } from './schema-types.ts'

/** The client's own methods: no operation may begin with one of these words. */
const reserved = new Set(['call', 'list', 'watch', 'stream', 'position', 'close', 'then'])

const head = `// Made from the operations of the features by npm run generate.
/* oxlint-disable eslint/max-lines */

/** RFC 3339, in UTC. */
export type Instant = string

/**
 * Every operation by its name. \`type\` is \`read\` where a call changes nothing. Operations of features that are not Hearth's own
 * can be added to it by declaring it again.
 */
export interface Operations {`

/** What every operation takes and gives, as the types of the SDK. */
export const sdkOperations: Generator = {
  file: 'packages/sdk/src/operations.ts',
  make: async () => {
    const { features } = await import('@hearth/features')
    const all = features.flatMap((feature) => feature.operations.map((operation) => ({ feature, operation })))
    const sorted = all.toSorted((one, other) => (one.operation.name < other.operation.name ? -1 : 1))
    const reads = sorted.filter(({ operation }) => isRead(operation)).map(({ operation }) => `  '${operation.name}',`)
    return [
      head,
      ...sorted.map(({ feature, operation }) => entry(feature, operation)),
      '}',
      '',
      '/** The operations that change nothing: they need no idempotency key. */',
      'export const reads: ReadonlySet<string> = new Set([',
      ...reads,
      '])',
      '',
    ].join('\n')
  },
}

const isRead = ({ consequence }: Operation): boolean => consequence === 'read'

function entry(feature: Feature, operation: Operation): string {
  const { name, summary } = operation
  if (!/^\w+\.\w+$/.test(name) || reserved.has(name.split('.', 1)[0] ?? ''))
    throw new Error(`The SDK cannot name the operation ${name}.`)
  const off = feature.optional === true ? ` Only with \`HEARTH_FEATURES=${feature.name}\`.` : ''
  const isWatchable = operation.type === 'read' && operation.watches !== undefined
  return [
    `  /** ${summary}${off} */`,
    `  '${name}': {`,
    `    readonly type: '${isRead(operation) ? 'read' : 'command'}'`,
    ...(isWatchable ? ['    readonly watchable: true'] : []),
    `    readonly input: ${of(inputSchema(operation), 'input')}`,
    `    readonly output: ${of(outputSchema(operation), 'output')}`,
    '  }',
  ].join('\n')
}

const of = (schema: JsonSchema, side: 'input' | 'output'): string => typeOf(schema, side, '    ')
