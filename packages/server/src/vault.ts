import { open, seal, type MasterKey } from '@hearth/kernel'
import type { Vault } from '@hearth/features'

/** Secrets of tenants, sealed so that they may lie in events. */
export const createVault = (master: MasterKey): Vault => ({
  seal: (secret, about) => seal(master.secrets, secret, about).toString('base64'),
  open: (sealed, about) => open(master.secrets, Buffer.from(sealed, 'base64'), about).toString('utf8'),
})
