import type { Allowed, Asker } from '@hearth/models'
import type { Json } from '../feature.ts'
import { documentName as keyDocument, type KeyDocument } from '../keys/actor.ts'

/** The models that whoever asks may use; null: all. */
export function allowedTo(
  { kind, id }: Pick<Asker, 'kind' | 'id'>,
  reference: (name: string) => Json | undefined,
): Allowed {
  if (kind !== 'key') return null
  const document = reference(keyDocument(id)) as unknown as Pick<KeyDocument, 'models'> | null | undefined
  return document?.models ?? null
}
