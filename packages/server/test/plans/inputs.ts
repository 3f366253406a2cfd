import type { Operation } from '@hearth/features'
import { inputSchema, type JsonSchema } from '@hearth/protocol'

type Samples = Readonly<Record<string, readonly unknown[]>>

const mostInputs = 2_000

/**
 * Every combination of the fields of an operation, each left out where it may be and else with each of its samples: those given for
 * its name, and all values of an enumeration. Throws for a field that has none.
 */
export function inputsOf(operation: Operation, samples: Samples): readonly Readonly<Record<string, unknown>>[] {
  const schema = inputSchema(operation)
  const required = new Set((schema['required'] ?? []) as readonly string[])
  let inputs: readonly Readonly<Record<string, unknown>>[] = [{}]
  for (const [name, field] of Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>)) {
    const values = (field['enum'] as readonly unknown[] | undefined) ?? samples[name]
    if (values === undefined) throw new Error(`${operation.name} takes "${name}", and this test has no sample of it`)
    const choices = [...(required.has(name) ? [] : [undefined]), ...values]
    inputs = inputs.flatMap((input) =>
      choices.map((value) => (value === undefined ? input : { ...input, [name]: value })),
    )
  }
  if (inputs.length > mostInputs) throw new Error(`${operation.name} has ${inputs.length} forms`)
  return inputs
}

/** The values of enumerations that operations take under this name. */
export function enumerated(operations: readonly Operation[], name: string): readonly string[] {
  const all = operations.flatMap((operation) => {
    const properties = (inputSchema(operation)['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
    return (properties[name]?.['enum'] ?? []) as readonly string[]
  })
  return [...new Set(all)]
}
