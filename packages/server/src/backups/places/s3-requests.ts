import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HearthError } from '@hearth/protocol'
import { AwsClient } from 'aws4fetch'

export interface S3Settings {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
  /** Empty, or ends with a slash. */
  readonly prefix: string
  readonly signal?: AbortSignal
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Empty for the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  readonly signal?: AbortSignal
}

export type AskS3 = (request: S3Request) => Promise<Response>

const attempts = 4
const longestTextBytes = 32 * 1024 * 1024
const pauseMs = 300
/** From the request to the first byte of the answer; a part of 8 MB has to go up meanwhile. */
const patienceMs = 120_000

/** Asks again where the other side fails, and answers what it says with a status under 300, or 404. */
export function askS3(settings: S3Settings): AskS3 {
  const { endpoint, region, accessKeyId, secretAccessKey, bucket } = settings
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const where = `s3://${bucket} at ${new URL(endpoint).host}`
  const never = new AbortController().signal
  const once = async ({ method, key = '', query = {}, body }: S3Request, signal: AbortSignal): Promise<Response> => {
    if (isElsewhere(key)) throw refused(where, 400, 'a name that leads elsewhere')
    const url = new URL(`${endpoint.replace(/\/+$/, '')}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const answering = new AbortController()
    const timer = setTimeout(() => answering.abort(new Error('it does not answer')), patienceMs)
    try {
      const signed = await client.sign(url.href, {
        method,
        headers: { 'x-amz-content-sha256': hash('sha256', body ?? '', 'hex') },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      })
      // What is signed is signed for this address: another would refuse it, or be one that nobody named.
      return await fetch(signed, { signal: AbortSignal.any([answering.signal, signal]), redirect: 'manual' })
    } finally {
      clearTimeout(timer)
    }
  }
  return async (request) => {
    const signal = AbortSignal.any([settings.signal ?? never, request.signal ?? never])
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === attempts
      try {
        const response = await once(request, signal)
        if (response.ok || response.status === 404) return response
        const told = codeIn(await textOf(response, where))
        const isPassing = response.status >= 500 || response.status === 429 || told === 'RequestTimeout'
        if (!isPassing) throw refused(where, response.status, told)
        if (last) throw away(where, `${response.status} ${told}`)
      } catch (error) {
        if (error instanceof HearthError || signal.aborted) throw error
        if (last) throw away(where, reasonOf(error), error)
      }
      await sleep(pauseMs * 2 ** attempt, undefined, { signal })
    }
  }
}

/** An address is read without its dots: such a name would be asked for in another bucket. */
export const isElsewhere = (key: string): boolean => key.split('/').some((part) => part === '.' || part === '..')

/** All of an answer that is no file. */
export async function textOf(response: Response, where: string): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      parts.push(part)
      bytes += part.length
      if (bytes > longestTextBytes) throw new Error('its answer has no end')
    }
  } catch (error) {
    throw away(where, reasonOf(error), error)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The text of an element of XML; these answers hold no attributes, and nothing that is nested under its own name. */
export const textsIn = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => unescaped(text))

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
const unescaped = (text: string): string =>
  text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name = '') => {
    if (decimal === undefined && hex === undefined) return named[name] ?? whole
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })

const codeIn = (xml: string): string => textsIn(xml, 'Code')[0] ?? ''

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message
}

export const away = (where: string, reason: string, cause?: unknown): HearthError =>
  new HearthError('backup.destination-away', `${where} cannot be used at the moment (${reason}).`, {
    retryAfterSeconds: 60,
    cause,
  })

const refused = (where: string, status: number, told: string): HearthError =>
  new HearthError('backup.destination-refused', `${where} refuses this (${status} ${told}).`)

export const noBucket = (bucket: string): HearthError =>
  new HearthError('backup.destination-refused', `There is no bucket ${bucket}: make it first.`)
