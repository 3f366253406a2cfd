import type { Fetch, ProviderSetting } from '../../provider.ts'
import { askForTicket, noTicket } from '../asking/exchange.ts'
import { exchangedKey, type Ticket } from '../asking/exchanged-key.ts'

const iam = 'https://iam.cloud.ibm.com/identity/token'

/** Says who asks by a token that the key was exchanged for. */
export function identityOf(setting: ProviderSetting): (fetch: Fetch) => Fetch {
  const key = exchangedKey(() => tokenFor(setting))
  return (fetch) => async (input, init) => {
    const ticket = await key.ticket(init?.signal)
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${ticket.token}`)
    const response = await fetch(input, { ...init, headers })
    // Its time was not over, and it is not taken: the next call has another.
    if (response.status === 401) key.drop(ticket)
    return response
  }
}

async function tokenFor(setting: ProviderSetting): Promise<Ticket> {
  const form = { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: setting.key ?? '' }
  const { access_token: token, expires_in: seconds } = await askForTicket({
    setting,
    url: setting.options?.['iam'] ?? iam,
    init: {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    },
    // It says 400 of a key that it does not know.
    isOfKey: (status) => status >= 400 && status < 404,
  })
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw noTicket()
  return { token, forMs: typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : 0 }
}
