import type { Fetch, ProviderSetting } from '../../provider.ts'
import { askForTicket, noTicket } from '../asking/exchange.ts'
import { exchangedKey, type Ticket } from '../asking/exchanged-key.ts'
import { isObject } from '../failures/chain.ts'
import { aboutRequest } from './about-request.ts'

/** What is known of this protocol is what public clients do: LiteLLM 1.106.0, CopilotChat.nvim and copilot-api do all of this alike. */
const exchangeAt = 'https://api.github.com/copilot_internal/v2/token'
export const usualBase = 'https://api.githubcopilot.com'
const apiVersion = '2025-04-01'
const editor = 'Hearth/0.1.0'

interface CopilotTicket extends Ticket {
  /** Where this account’s calls go. */
  readonly base: string
}

/** Says who asks by a token that GitHub’s was exchanged for, and asks where that says. */
export function identifiedFetch(setting: ProviderSetting): Fetch {
  const key = exchangedKey(() => ticketFor(setting))
  return async (input, init) => {
    const ticket = await key.ticket(init?.signal)
    const url = String(input instanceof Request ? input.url : input)
    const at = url.startsWith(setting.baseUrl) ? `${ticket.base}${url.slice(setting.baseUrl.length)}` : url
    const headers = new Headers(init?.headers)
    const own = { authorization: `Bearer ${ticket.token}`, ...sameFor(setting), ...aboutRequest(init?.body) }
    for (const [name, value] of Object.entries(own)) headers.set(name, value)
    const response = await setting.fetch(at, { ...init, headers })
    if (response.status === 401) key.drop(ticket)
    return response
  }
}

/** Of every request. Hearth says that it is Hearth. */
const sameFor = ({ options }: ProviderSetting): Readonly<Record<string, string>> => ({
  'editor-version': editor,
  'editor-plugin-version': editor.toLowerCase(),
  'openai-intent': 'conversation-panel',
  'x-github-api-version': apiVersion,
  ...(options?.['integration'] === undefined ? {} : { 'copilot-integration-id': options['integration'] }),
})

async function ticketFor(setting: ProviderSetting): Promise<CopilotTicket> {
  const answer = await askForTicket({
    setting,
    url: setting.options?.['exchange'] ?? exchangeAt,
    init: { method: 'GET', headers: { authorization: `token ${setting.key ?? ''}`, ...sameFor(setting) } },
    // Of an account without Copilot it says 403 or 404.
    isOfKey: (status) => status === 401 || status === 403 || status === 404,
  })
  const { token, expires_at: until, refresh_in: seconds, endpoints } = answer
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw noTicket()
  return { token, forMs: lifetime(until, seconds), base: baseIn(endpoints, setting) }
}

/** In seconds, as GitHub’s own clock has it and as a duration, whichever is shorter. */
function lifetime(until: unknown, seconds: unknown): number {
  const byClock = typeof until === 'number' ? until * 1000 - Date.now() : 0
  const byDuration = typeof seconds === 'number' ? seconds * 1000 : byClock
  return Math.max(0, Math.min(byClock > 0 ? byClock : byDuration, byDuration))
}

/** Accounts of companies have addresses of their own; whoever has named another knows better. */
function baseIn(endpoints: unknown, { baseUrl }: ProviderSetting): string {
  const api = isObject(endpoints) ? endpoints['api'] : undefined
  const url = baseUrl === usualBase && typeof api === 'string' ? URL.parse(api) : null
  return url?.protocol === 'https:' ? url.href.replace(/\/+$/, '') : baseUrl
}
