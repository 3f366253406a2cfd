import { createHash, createHmac } from 'node:crypto'
import type { Asked } from './conformance/upstream.ts'

const hashed = (text: string): string => createHash('sha256').update(text).digest('hex')
const keyed = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)

/** The signature that a request should have, as whoever receives it works it out: Signature Version 4 as AWS documents it. */
export function signatureOf({ method, path, headers, text }: Asked, secret: string): string {
  const said = String(headers['authorization'])
  const [, scope = '', names = ''] = /Credential=[A-Z0-9]+\/([^,]+), SignedHeaders=([^,]+),/.exec(said) ?? []
  const [day = '', region = '', service = ''] = scope.split('/')
  const { pathname, searchParams } = new URL(path, 'http://host')
  const canonical = [
    method,
    // All services but S3 encode once more what is encoded.
    pathname.split('/').map(encoded).join('/'),
    [...searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .toSorted()
      .join('&'),
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    hashed(text),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, hashed(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(keyed, `AWS4${secret}`)
  return keyed(key, toSign).toString('hex')
}

export const signatureIn = ({ headers }: Asked): string | undefined =>
  /Signature=([0-9a-f]{64})$/.exec(String(headers['authorization']))?.[1]
