import { AwsV4Signer } from 'aws4fetch'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'
import { credentialsIn, regionOf, type Credentials } from './credentials.ts'

/** Says who asks, by a key in a header or by a signature, and reads refusals in the form of AWS. */
export function identityOf(setting: ProviderSetting): (fetch: Fetch) => Fetch {
  const credentials = credentialsIn(setting.key ?? '')
  // What is derived from a secret for a day would be derived anew for each request.
  const derived = new Map<string, ArrayBuffer>()
  return (fetch) => async (input, init) => {
    const url = String(input instanceof Request ? input.url : input)
    const headers = new Headers(init?.headers)
    headers.delete('authorization')
    const sent = await withIdentity(credentials, derived, setting, url, { ...init, headers })
    const response = await fetch(url, sent)
    return response.ok ? response : readable(response)
  }
}

async function withIdentity(
  credentials: Credentials,
  derived: Map<string, ArrayBuffer>,
  setting: ProviderSetting,
  url: string,
  init: RequestInit & { readonly headers: Headers },
): Promise<RequestInit> {
  const { headers, method = 'GET', body } = init
  if (credentials.type === 'bearer') {
    // Somebody’s own address may know who asks without one.
    if (credentials.key !== '') headers.set('authorization', `Bearer ${credentials.key}`)
    return init
  }
  if (derived.size > mostDerived) derived.clear()
  const { id, secret, token } = credentials
  const signer = new AwsV4Signer({
    url,
    method,
    headers: Object.fromEntries(headers),
    ...(typeof body === 'string' ? { body } : {}),
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token === undefined ? {} : { sessionToken: token }),
    region: regionOf(setting),
    service: 'bedrock',
    cache: derived,
  })
  const signed = await signer.sign()
  return { ...init, headers: signed.headers }
}

/** One a day. */
const mostDerived = 3

const named = /^[A-Za-z]+/

/** What is wrong stands in a header, and the words of it in the body. */
async function readable(response: Response): Promise<Response> {
  const { status, headers } = response
  const text = await response.text()
  const said = jsonIn(text)
  const type = headers.get('x-amzn-errortype') ?? said['__type']
  const code = typeof type === 'string' ? named.exec(type.slice(type.indexOf('#') + 1))?.[0] : undefined
  const message = said['message'] ?? said['Message']
  const body = code === undefined && message === undefined ? text : JSON.stringify({ ...said, message, code })
  return new Response(body, { status, headers: withoutLength(headers) })
}

function jsonIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && !Array.isArray(value) ? value : {}
  } catch {
    return text.trim() === '' || text.trim().startsWith('<') ? {} : { message: text }
  }
}

function withoutLength(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('content-length')
  return kept
}
