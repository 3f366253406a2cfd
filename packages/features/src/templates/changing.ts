import { schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { templateOf } from './actor.ts'
import { definitionOf } from './defining.ts'
import { definitionInput, templateName, version } from './input.ts'
import { versionOf } from './reading.ts'

/** Why it was changed, for whoever reads its versions. */
const note = schema.text({ max: 500 }).optional()

const output = z.object({
  name: z.string(),
  version: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** False where it was so already: then there is no new version. */
  changed: z.boolean(),
  /** All that its texts ask for, declared or not. */
  variables: z.array(z.string()),
})

export const set = operation({
  name: 'templates.set',
  type: 'command',
  summary:
    'Keep a template of a prompt, in Jinja, under a name: a new version of it where there is one. A variable that its texts ask for and nobody declared is required.',
  input: z.strictObject({ name: templateName, ...definitionInput, note }),
  output,
  permission: 'templates.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/templates' },
  examples: [
    { title: 'One message', input: { name: 'greeting', body: 'Greet {{ name }} in one sentence.' } },
    {
      title: 'Several, with variables, examples and a model',
      input: {
        name: 'sort-mail',
        messages: [
          { role: 'system', content: 'Answer with one word: {{ classes | join(", ") }}.' },
          { role: 'user', content: '{{ input }}' },
        ],
        variables: [
          { name: 'classes', type: 'list', default: ['bill', 'private', 'other'] },
          { name: 'input', type: 'text' },
        ],
        examples: [{ input: 'Your invoice of May is attached.', output: 'bill' }],
        selection: { by: 'likeness', most: 3, input: 'input' },
        model: 'openai/gpt-5-mini',
        options: { maxTokens: 10 },
      },
    },
  ],
  command: async ({ name, note: why = null, ...given }, caller) => {
    const definition = await definitionOf(caller, name, given)
    const { tenant, id: by } = caller.principal
    return { address: templateOf(tenant, name), command: { type: 'set', definition, by, note: why, from: null } }
  },
})

export const rollback = operation({
  name: 'templates.rollback',
  type: 'command',
  summary: 'Go back to what a template was: a new version that is equal to an old one.',
  input: z.strictObject({ name: templateName, version, note }),
  output,
  permission: 'templates.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/templates/{name}/rollback' },
  examples: [{ title: 'To its second version', input: { name: 'greeting', version: 2 } }],
  command: async ({ name, version: from, note: why = null }, caller) => {
    const { definition } = await versionOf(caller, name, from)
    const { tenant, id: by } = caller.principal
    return { address: templateOf(tenant, name), command: { type: 'set', definition, by, note: why, from } }
  },
})

export const remove = operation({
  name: 'templates.remove',
  type: 'command',
  summary: 'Remove a template with all its versions. One that is set under its name later goes on with their numbers.',
  input: z.strictObject({ name: templateName }),
  output: z.object({ name: z.string() }),
  permission: 'templates.write',
  reach: 'tenant',
  consequence: 'destroy',
  path: { method: 'DELETE', path: '/templates/{name}' },
  examples: [{ title: 'One', input: { name: 'greeting' } }],
  command: ({ name }, { principal: { tenant } }) => ({
    address: templateOf(tenant, name),
    command: { type: 'remove' },
  }),
})
