import type { Json } from '@hearth/protocol'

export const documentName = (home: string): string => `forgotten.${home}`

/** When whose home it is was forgotten last; never is -1. */
export function forgottenAt(home: string, reference: (name: string) => Json | undefined): number {
  const at = reference(documentName(home))
  return typeof at === 'number' ? at : -1
}
