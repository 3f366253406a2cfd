import type { TemplateDefinition } from './definition.ts'

/** A definition as lines that a person can read and compare. Two are equal where their lines are. */
export function writtenOut({ model, options, variables, messages, examples, selection }: TemplateDefinition): string[] {
  return [
    `model: ${model ?? 'as the policy chooses'}`,
    ...Object.entries(options).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    ...variables.map(
      ({ name, type, required, default: usual }) =>
        `variable ${name}: ${type}${required ? ', required' : ''}${usual === undefined ? '' : `, else ${JSON.stringify(usual)}`}`,
    ),
    ...messages.flatMap(({ role, content }) => [`--- ${role}`, ...content.split('\n')]),
    ...(examples.length === 0 ? [] : [`examples: ${JSON.stringify(selection)}`]),
    ...examples.flatMap(({ input, output }) => [
      '--- example',
      ...input.split('\n'),
      '--- answer',
      ...output.split('\n'),
    ]),
  ]
}
