import { generateKeyPairSync, sign } from 'node:crypto'

const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts)
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

const ecdsaWithSha256 = sequence(tagged(0x06, hex('2a8648ce3d040302')))
const nameOf = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(tagged(0x06, hex('550403')), tagged(0x0c, Buffer.from(name)))))
const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`

/** A certificate that nobody vouches for, good from one year to another (two digits each). */
export function selfSigned(host: string, from: number, to: number): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const day = (year: number): Buffer => tagged(0x17, Buffer.from(`${String(year).padStart(2, '0')}0101000000Z`))
  const alternative = sequence(tagged(0x06, hex('551d11')), tagged(0x04, sequence(tagged(0x82, Buffer.from(host)))))
  const body = sequence(
    tagged(0xa0, tagged(0x02, hex('02'))),
    tagged(0x02, hex('01')),
    ecdsaWithSha256,
    nameOf(host),
    sequence(day(from), day(to)),
    nameOf(host),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(alternative)),
  )
  const signed = tagged(0x03, hex('00'), sign('sha256', body, privateKey))
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: pem('CERTIFICATE', sequence(body, ecdsaWithSha256, signed)),
  }
}
