import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Installed } from '../../packages/server/src/installed.ts'
import type { Generator } from './generator.ts'
import type {
  ErrorEntry,
  Field,
  OperationEntry,
  Reference,
} from '../../packages/server/src/doors/rest/reference/model.ts'

const made = '<!-- Made by npm run generate. -->'

async function readReference(): Promise<Reference & Pick<Installed, 'foreign'>> {
  const [{ features }, { installedFor }, { referenceOf }] = await Promise.all([
    import('@hearth/features'),
    import('../../packages/server/src/installed.ts'),
    import('../../packages/server/src/doors/rest/reference/model.ts'),
  ])
  const { operations, errors, foreign } = installedFor({ features: features.map(({ name }) => name) })
  return { ...referenceOf({ version: '', operations, errors }), foreign }
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const fields = (title: string, list: readonly Field[]): string =>
  list.length === 0
    ? `${title}: none.`
    : `${title}:\n\n${table(
        ['field', 'type', 'what'],
        list.map(({ name, type, required, about }) => [
          `\`${name}\``,
          required ? type : `${type}, may be absent`,
          about,
        ]),
      )}`

function operationText(entry: OperationEntry): string {
  const { name, summary, method, path, permission, consequence, input, output, examples, errors } = entry
  return [
    `### ${name}`,
    summary,
    `\`${method} ${path}\`, scope \`${permission}\`, consequence \`${consequence}\``,
    fields('Input', input),
    fields('Output', output),
    ...examples.map(({ title, command }) => `${title}:\n\n\`\`\`sh\n${command}\n\`\`\``),
    ...(errors.length === 0 ? [] : [`Refusals of its own: ${errors.map(({ code }) => `\`${code}\``).join(', ')}.`]),
  ].join('\n\n')
}

/** Their forms are those of their protocols. */
const foreignText = (routes: Installed['foreign']): string => `
## Paths of other protocols

Clients of somebody else's protocol call these as they are; what they take and give is described by those whose protocol it is.

${table(
  ['path', 'scope', 'consequence', 'what'],
  routes.map(({ method, path, permission, consequence, summary }) => [
    `\`${method} ${path}\``,
    `\`${permission}\``,
    consequence,
    summary,
  ]),
)}
`

export const operationsReference: Generator = {
  file: 'docs/reference/operations.md',
  make: async () => {
    const { areas, foreign } = await readReference()
    const introduction = `${made}

# Operations

Each can be called at \`POST /api/v1/call/<operation>\` with its input as a JSON body, at the path beside its name, over WebSocket, and as
\`hearth <operation>\`. A running server shows the same at \`/reference\`, with examples for curl, and \`/openapi.json\` says it to programs.
What any call can be refused with stands in [errors.md](errors.md).
`
    const sections = areas.map(
      ({ name, operations }) => `\n## ${name}\n\n${operations.map(operationText).join('\n\n')}\n`,
    )
    return introduction + sections.join('') + foreignText(foreign)
  },
}

const errorRows = (errors: readonly ErrorEntry[]): string =>
  table(
    ['code', 'status', 'what it means', 'try again'],
    errors.map(({ code, status, title, later }) => [`\`${code}\``, String(status), title, later ? 'later' : '']),
  )

export const errorsReference: Generator = {
  file: 'docs/reference/errors.md',
  make: async () => {
    const { errors, common } = await readReference()
    return `${made}

# Errors

A refusal is \`application/problem+json\` (RFC 9457). Its \`code\` stays the same; its \`detail\` says what it was this time, and
\`issues\` which fields of an input are wrong. Where it is worth trying again later, \`Retry-After\` says when.

## Of every call

${errorRows(errors.filter(({ code }) => common.has(code)))}

## Of single operations and other paths

${errorRows(errors.filter(({ code }) => !common.has(code)))}
`
  },
}

/** What README.md says of a setting, by its name or by the beginning of it: `HEARTH_S3_…`. */
function sayingIn(readme: string): (variable: string) => string {
  const rows = [...readme.matchAll(/^\| (`[A-Z][^|]*) \|.*\| (.+) \|$/gm)].flatMap(([, names = '', what = '']) =>
    [...names.matchAll(/`([A-Z][A-Z_0-9]*)(…?)`/g)].map(([, name = '', more]) => ({
      name,
      isPrefix: more === '…',
      what,
    })),
  )
  return (variable) => {
    const row = rows.find(({ name, isPrefix }) => (isPrefix ? variable.startsWith(name) : variable === name))
    // Its links are those of the root.
    return row?.what.replaceAll('](docs/', '](../') ?? ''
  }
}

export const configurationReference: Generator = {
  file: 'docs/reference/configuration.md',
  make: async (root) => {
    const { settings } = await import('../../packages/server/src/config.ts')
    const saying = sayingIn(await readFile(join(root, 'README.md'), 'utf8'))
    const rows = settings.map(({ name, variable, flag, usual }) => [
      `\`${variable}\``,
      flag === undefined ? '' : `\`${flag}\``,
      `\`${name}\``,
      usual === undefined ? '' : `\`${JSON.stringify(usual)}\``,
      saying(variable),
    ])
    return `${made}

# Configuration

A flag wins over the environment, which wins over the JSON file that \`HEARTH_CONFIG\` or \`--config\` names. Secrets have no flag: every
user of a machine can read the command lines of its processes. A variable that is set to nothing counts as not set.

${table(['environment', 'flag', 'in the file', 'by default', 'what'], rows)}
`
  },
}

const helpInText = /'# HELP (\w+) ([^']+)'/g
const histogram = /\.lines\(\s*'(\w+)',\s*'([^']+)',?\s*\)/g
const typeInText = /'# TYPE (\w+) (\w+)'/g

/** Metrics as the sources name them: whoever adds one adds it here by that. */
export const metricsReference: Generator = {
  file: 'docs/reference/metrics.md',
  make: async (root) => {
    const files = await Array.fromAsync(glob('packages/server/src/**/*.ts', { cwd: root }))
    const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))
    const { features } = await import('@hearth/features')
    const found = (pattern: RegExp) => texts.flatMap((text) => [...text.matchAll(pattern)])
    const types = new Map(found(typeInText).map(([, name = '', type = '']) => [name, type]))
    const rows = [
      ...found(helpInText).map(([, name = '', what = '']) => [`\`${name}\``, types.get(name) ?? '', what]),
      ...found(histogram).map(([, name = '', what = '']) => [`\`${name}\``, 'histogram', what]),
      ...features.flatMap(({ gauges = [] }) => gauges.map(({ name, help }) => [`\`hearth_${name}\``, 'gauge', help])),
      ...features.flatMap(({ counted = [] }) =>
        counted.map(({ name, type, help }) => [`\`hearth_${name}\``, type, help]),
      ),
    ]
    return `${made}

# Metrics

\`GET /metrics\` gives them in the text form of Prometheus, to whoever has a key, or to anyone where \`HEARTH_METRICS\` is \`open\`.
Where several workers serve together, counts are those of all of them.

${table(
  ['metric', 'type', 'what'],
  rows.toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1)),
)}
`
  },
}
