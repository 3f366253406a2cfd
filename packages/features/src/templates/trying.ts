import * as z from 'zod'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { modelName, templateName, version } from './input.ts'
import { modelOf, rendered, renderedOutput, tokensOf, variablesInput } from './rendered.ts'
import { versionOf } from './reading.ts'
import { caseInput, caseOutput, tryCases } from './cases.ts'

export const render = operation({
  name: 'templates.render',
  type: 'read',
  summary:
    'What comes out of a template with these variables: its messages and how many tokens they are. No model is asked.',
  input: z.strictObject({ name: templateName, version: version.optional(), variables: variablesInput }),
  output: z.object(renderedOutput),
  permission: 'templates.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'POST', path: '/templates/{name}/render' },
  examples: [{ title: 'One', input: { name: 'greeting', variables: { name: 'Ann' } } }],
  read: async ({ name, version: number, variables }, caller) => {
    const { version: found, definition } = await versionOf(caller, name, number)
    const result = await rendered(caller, name, definition, variables)
    return {
      version: found,
      model: modelOf(definition),
      messages: [...result.messages],
      examples: [...result.chosen],
      tokens: tokensOf(result, definition),
    }
  },
})

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const test = operation({
  name: 'templates.test',
  type: 'read',
  summary:
    'Ask a model with a template, once for each case, and hold the answers against what is expected of them. It costs what calls cost.',
  input: z.strictObject({
    name: templateName,
    version: version.optional(),
    /** In the place of the template's own. */
    model: modelName.optional(),
    /** For one case of which nothing is expected; else `cases`. */
    variables: variablesInput,
    cases: z.array(caseInput).min(1).max(20).optional(),
  }),
  output: z.object({
    version: count,
    passed: count,
    failed: count,
    /** Of all cases together; absent where a price is not known. */
    costUsd: z.string().optional(),
    cases: z.array(caseOutput),
  }),
  permission: 'models.use',
  reach: 'tenant',
  consequence: 'spend',
  path: { method: 'POST', path: '/templates/{name}/test' },
  examples: [
    { title: 'Once', input: { name: 'greeting', variables: { name: 'Ann' } } },
    {
      title: 'Two cases',
      input: {
        name: 'sort-mail',
        cases: [
          { variables: { input: 'Your invoice is attached.' }, expect: [{ type: 'equals', text: 'bill' }] },
          { variables: { input: 'Dinner on Friday?' }, expect: [{ type: 'matches', pattern: '^private' }] },
        ],
      },
    },
  ],
  read: async ({ name, version: number, model, variables, cases }, caller) => {
    if (variables !== undefined && cases !== undefined)
      throw invalid('variables', 'are those of the cases, where there are any')
    const { version: found, definition } = await versionOf(caller, name, number)
    const tried = await tryCases(caller, {
      name,
      version: found,
      definition,
      model: model ?? modelOf(definition),
      cases: cases ?? [{ variables }],
    })
    return { version: found, ...tried }
  },
})
