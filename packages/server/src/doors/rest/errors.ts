import type { ErrorTable } from '@hearth/protocol'
import { coreErrors } from '@hearth/protocol'

/** Codes of this door alone. */
export const doorErrors = {
  'door.request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'server.starting': { status: 503, title: 'The server is starting', retry: 'later' },
  'sign-in.link-spent': { status: 401, title: 'This sign-in link can no longer be used' },
} as const satisfies ErrorTable

/** What the door can answer before there is anything behind it. */
export const earlyErrors: ErrorTable = { ...coreErrors, ...doorErrors }
