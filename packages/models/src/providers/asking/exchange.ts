import { failureOfAnswer } from '../../failure-of.ts'
import { ModelError } from '../../failure.ts'
import type { ProviderSetting } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'

const mostOfAnswer = 262_144
const withinMs = 20_000

export interface Exchanging {
  readonly setting: ProviderSetting
  readonly url: string
  readonly init: RequestInit
  /** Whether an answer of this status says that the key is none. */
  readonly isOfKey: (status: number) => boolean
}

/** Asks for a ticket, and gives the fields of the answer. Throws `ModelError`. */
export async function askForTicket({
  setting,
  url,
  init,
  isOfKey,
}: Exchanging): Promise<Readonly<Record<string, unknown>>> {
  const headers = new Headers(init.headers)
  headers.set('user-agent', 'Hearth')
  headers.set('accept', 'application/json')
  const signal = AbortSignal.timeout(withinMs)
  const response = await setting.fetch(url, { ...init, headers, redirect: 'manual', signal })
  const body = await textOf(response)
  const { status } = response
  if (!response.ok) {
    const failure = failureOfAnswer({ status, headers: Object.fromEntries(response.headers), body, key: setting.key })
    throw new ModelError(isOfKey(status) ? { ...failure, type: 'key' } : failure)
  }
  try {
    const value: unknown = JSON.parse(body)
    if (isObject(value)) return value
  } catch {
    // Whatever it is, it is no ticket.
  }
  throw noTicket()
}

export const noTicket = (): ModelError =>
  new ModelError({ type: 'garbage', detail: 'what its key was to be exchanged for is not what the protocol says' })

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > mostOfAnswer) throw noTicket()
  }
  return text
}
