import type { TemplateDefinition, Values, Variable } from '@hearth/models'
import { HearthError, type ErrorIssue } from '@hearth/protocol'

type Given = Readonly<Record<string, unknown>>

/** What the variables of a template are with what was given. Throws `input.invalid` where that does not do. */
export function valuesOf({ variables }: Pick<TemplateDefinition, 'variables'>, said: unknown): Values {
  const given = objectIn(said)
  const issues: ErrorIssue[] = []
  const fault = (name: string, message: string): void => void issues.push({ path: `variables.${name}`, message })
  const values: Record<string, Values[string]> = {}
  for (const variable of variables) {
    const { name, required, default: usual } = variable
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    if (value === undefined || value === null) {
      if (usual !== undefined) values[name] = usual
      else if (required) fault(name, 'is missing')
      continue
    }
    if (!isOf(variable, value)) fault(name, `must be ${words[variable.type]}`)
    else values[name] = value as Values[string]
  }
  const known = new Set(variables.map(({ name }) => name))
  for (const name of Object.keys(given))
    if (!known.has(name)) fault(name.slice(0, 64), 'is no variable of this template')
  if (issues.length > 0) throw new HearthError('input.invalid', 'The variables are not valid.', { issues })
  return values
}

const words: Readonly<Record<Variable['type'], string>> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  any: 'anything',
}

export function isOf({ type }: Pick<Variable, 'type'>, value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'list':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'any':
      return true
  }
}

/** What clients can say as text alone, as the variable's type reads it; as it is where that is not how it is written. */
export function readAs({ type }: Pick<Variable, 'type'>, text: string): unknown {
  if (type === 'text' || type === 'any') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function objectIn(said: unknown): Given {
  if (said === undefined || said === null) return {}
  if (typeof said === 'object' && !Array.isArray(said)) return said as Given
  throw new HearthError('input.invalid', 'The variables must be an object.', {
    issues: [{ path: 'variables', message: 'must be an object' }],
  })
}
