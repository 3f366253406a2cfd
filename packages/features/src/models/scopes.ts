import type { Asker } from '@hearth/models'
import * as z from 'zod'

/** Of what there are budgets and rates. */
export const scope = z
  .string()
  .max(220)
  .regex(/^(tenant|(home|key|agent):[^\u0000]{1,200})$/, 'must be tenant, or home:, key: or agent: and an id')

/** All that whoever asks falls under. */
export const scopesOf = ({ home, kind, id }: Asker): readonly string[] => [
  'tenant',
  `home:${home}`,
  ...(kind === 'key' || kind === 'agent' ? [`${kind}:${id}`] : []),
]

/** In words, for whoever falls under it. */
export function whose(name: string): string {
  const [kind = ''] = name.split(':', 1)
  return kind === 'tenant' ? 'this server' : `this ${kind}`
}
