import { inRequest, type ProtocolName, type TemplateDefinition } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { Caller } from '../feature.ts'
import { versionOf } from './reading.ts'
import { modelOf, rendered } from './rendered.ts'
import { readAs } from './values.ts'

type Fields = Readonly<Record<string, unknown>>

/** A request that was made from a template, as if its client had written it out. */
export interface Templated {
  readonly json: Fields
  readonly model: string
  /** As `name@version`. */
  readonly template: string
}

const prefix = 'template:'

/** Clients name a template where they would name a model: `template:NAME` or `template:NAME@VERSION`. */
export const namesTemplate = (model: unknown): model is string => typeof model === 'string' && model.startsWith(prefix)

/**
 * Variables are those of `hearth.variables`, which clients can add to a request, or else of its `metadata`, as far as the template has them;
 * its variable `input` is what the person said last. Throws `templates.…` and `input.invalid`.
 */
export async function writtenOutFor(
  caller: Pick<Caller, 'attach' | 'principal' | 'read'>,
  protocol: ProtocolName,
  asked: string,
  request: Fields,
): Promise<Templated> {
  const place = inRequest[protocol]
  if (place === undefined) throw new HearthError('models.not-supported', 'Templates are for models that chat.')
  const [, name, number] = /^template:([a-z][a-z0-9._-]{0,62})(?:@([1-9]\d{0,8}))?$/.exec(asked) ?? []
  if (name === undefined)
    throw new HearthError('templates.unknown', 'A template is named as template:NAME or template:NAME@VERSION.')
  const { version, definition } = await versionOf(caller, name, number === undefined ? undefined : Number(number))
  const { hearth, metadata, ...rest } = request
  const given = variablesIn(hearth)
  const ofMetadata = taken(definition, metadata, given)
  const variables: Record<string, unknown> = { ...ofMetadata.values, ...given }
  const takesQuestion = definition.variables.some((one) => one.name === 'input') && variables['input'] === undefined
  const question = takesQuestion ? place.question(rest) : undefined
  if (question !== undefined) variables['input'] = question
  const { messages } = await rendered(caller, name, definition, variables)
  const model = modelOf(definition)
  const left = ofMetadata.left === undefined ? rest : { ...rest, metadata: ofMetadata.left }
  const insertion = { messages, options: definition.options, takesQuestion: question !== undefined }
  return { json: { ...place.insert(left, insertion), model }, model, template: `${name}@${version}` }
}

function variablesIn(hearth: unknown): Fields {
  if (hearth === undefined || hearth === null) return {}
  const { variables } = isFields(hearth) ? hearth : { variables: undefined }
  if (isFields(variables)) return variables
  throw new HearthError('input.invalid', 'hearth.variables must be an object.', {
    issues: [{ path: 'hearth.variables', message: 'must be an object' }],
  })
}

/** Metadata that is meant for the template is not told to the provider, some of which take none. */
function taken({ variables }: TemplateDefinition, metadata: unknown, given: Fields) {
  if (!isFields(metadata)) return { values: {}, left: metadata }
  const values: Record<string, unknown> = {}
  const left: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(metadata)) {
    const variable = variables.find(({ name }) => name === key)
    if (variable === undefined) left[key] = value
    else if (!Object.hasOwn(given, key)) values[key] = typeof value === 'string' ? readAs(variable, value) : value
  }
  return { values, left: Object.keys(left).length === 0 ? undefined : left }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
