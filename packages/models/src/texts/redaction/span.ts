/** A piece of a text that is not to be kept, and what stands in its place: `end` is behind it. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly kind: Kind
}

export type Kind =
  | 'e-mail'
  | 'phone'
  | 'card'
  | 'iban'
  | 'ip'
  | 'token'
  | 'password'
  | 'private key'
  /** The name of a tenant's own pattern. */
  | (string & {})

export type Find = (text: string) => readonly Span[]

/** All places of a pattern, which has the flag `g`. What stands in its group `secret` where it has one, else all of it. */
export const matching =
  (kind: Kind, pattern: RegExp, holds: (found: string, text: string, at: number) => boolean = () => true): Find =>
  (text) => {
    const spans: Span[] = []
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.['secret'] ?? match[0]
      const start = match.index + match[0].lastIndexOf(secret)
      if (secret !== '' && holds(secret, text, start)) spans.push({ start, end: start + secret.length, kind })
    }
    return spans
  }
