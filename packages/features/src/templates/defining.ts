import { estimateTokens, type TemplateDefinition, type Variable } from '@hearth/models'
import { HearthError, type ErrorIssue } from '@hearth/protocol'
import * as z from 'zod'
import type { Caller } from '../feature.ts'
import { definitionInput, variableName } from './input.ts'
import { askRenderer } from './rendering.ts'
import { isOf } from './values.ts'

const input = z.strictObject(definitionInput)
type Input = z.infer<typeof input>

/** Of all that a version says: an event may have 256 kB. */
const mostBytes = 128 * 1024

/** What was asked for as a definition, with the variables that its texts ask for. Throws `input.invalid` or `templates.invalid`. */
export async function definitionOf(
  caller: Pick<Caller, 'attach' | 'principal'>,
  name: string,
  given: Input,
): Promise<TemplateDefinition> {
  const messages = messagesOf(given)
  const { mentions } = await askRenderer<'check'>(caller, name, {
    type: 'check',
    texts: messages.map(({ content }) => content),
  })
  const asksForExamples = mentions.some((one) => one.name === 'examples')
  const declared = variablesOf(given)
  const names = new Set(declared.map((one) => one.name))
  const implied = mentions
    .filter((one) => one.name !== 'examples' && !names.has(one.name))
    .map((one): Variable => ({ name: one.name, type: 'any', required: !one.lenient }))
  const { by = 'order', as = asksForExamples ? 'variable' : 'turns', ...chosen } = given.selection ?? {}
  const definition: TemplateDefinition = {
    messages,
    variables: [...declared, ...implied],
    examples: (given.examples ?? []).map(({ input: asked, output }) => ({
      input: asked,
      output,
      tokens: tokensOf(asked, output),
    })),
    selection: { by, as, ...chosen } as TemplateDefinition['selection'],
    model: given.model ?? null,
    options: (given.options ?? {}) as TemplateDefinition['options'],
  }
  assertWhole(definition, implied, asksForExamples)
  return definition
}

function messagesOf({ body, messages }: Input): TemplateDefinition['messages'] {
  if ((body === undefined) === (messages === undefined))
    throw invalid([{ path: 'body', message: 'or messages is needed, and not both' }])
  return messages ?? [{ role: 'user', content: body ?? '' }]
}

const variablesOf = ({ variables = [] }: Input): readonly Variable[] =>
  variables.map(({ name, type = 'any', default: usual, required = usual === undefined }) => ({
    name,
    type,
    required,
    ...(usual === undefined ? {} : { default: usual as NonNullable<Variable['default']> }),
  }))

/** As two messages of a conversation. */
const tokensOf = (asked: string, output: string): number =>
  estimateTokens({
    prompt: [
      { role: 'user', content: [{ type: 'text', text: asked }] },
      { role: 'assistant', content: [{ type: 'text', text: output }] },
    ],
  })

function assertWhole(definition: TemplateDefinition, implied: readonly Variable[], asksForExamples: boolean): void {
  const { variables, selection, model, options } = definition
  const issues: ErrorIssue[] = []
  const names = variables.map(({ name }) => name)
  if (new Set(names).size < names.length) issues.push({ path: 'variables', message: 'holds two of one name' })
  if (names.length > 100) issues.push({ path: 'variables', message: 'are more than 100' })
  for (const { name } of implied)
    if (!variableName.safeParse(name).success)
      issues.push({ path: 'messages', message: `ask for ${name}, which is no name of a variable` })
  for (const [index, variable] of variables.entries())
    if (variable.default !== undefined && !isOf(variable, variable.default))
      issues.push({ path: `variables.${index}.default`, message: `is not of the type ${variable.type}` })
  if (selection.input !== undefined && !names.includes(selection.input))
    issues.push({ path: 'selection.input', message: 'is no variable of this template' })
  if (asksForExamples && selection.as === 'turns')
    issues.push({ path: 'selection.as', message: 'must be "variable" where a text has the examples' })
  if (model?.startsWith('template:') === true) issues.push({ path: 'model', message: 'must not be a template' })
  const { schema } = options
  if (schema !== undefined && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    issues.push({ path: 'options.schema', message: 'must be a JSON Schema' })
  if (Buffer.byteLength(JSON.stringify(definition)) > mostBytes)
    issues.push({ path: 'messages', message: `and all else must not have more than ${mostBytes} bytes together` })
  if (issues.length > 0) throw invalid(issues)
}

const invalid = (issues: readonly ErrorIssue[]): HearthError =>
  new HearthError('input.invalid', 'The input is not valid.', { issues: [...issues] })
