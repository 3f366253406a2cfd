import { sha256 } from './sha256.ts'

/** Fixed when the data is created; the unit of ownership. */
export const slotCount = 256

/** The first byte of SHA-256 over `tenant/home`: stable, even, and easy to compute elsewhere. */
export function slotOf(tenant: string, home: string): number {
  return sha256(`${tenant}/${home}`)[0] as number
}
