import { createHash } from 'node:crypto'
import type { Address } from '@hearth/protocol'

/** What stands for a home where the files that hold rows of it are found. */
export const homeDigest = ({ tenant, home }: Pick<Address, 'tenant' | 'home'>): Buffer =>
  createHash('sha256').update(`${tenant}\0${home}`).digest()
