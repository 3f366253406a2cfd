import type { Config } from '../config.ts'

export type Hide = (line: string) => string

/** How secrets look wherever they come from: in addresses, headers, cookies, queries, and those that Hearth makes itself. */
const looks: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/[^\s:@/"]*):[^\s@/"]*@/g, '$1:[hidden]@'],
  [/(:\/\/)(?!\[hidden\]|[^\s:@/"]*:\[hidden\])[^\s:@/"]+@/g, '$1[hidden]@'],
  [/\b(bearer|basic) +[\w.~+/=-]{6,}/gi, '$1 [hidden]'],
  [/\bwhsec_[\w+/=]{8,}/g, 'whsec_[hidden]'],
  [/\bhearth_([0-9a-z]{26})_[\w-]{20,}/g, 'hearth_$1_[hidden]'],
  [/\bhearth_[\w-]{43}(?![\w-])/g, 'hearth_[hidden]'],
  [/\b(hearth_session_\d+)=[\w-]+/g, '$1=[hidden]'],
  [/([?&][\w.-]{0,64}?(?:token|key|secret|password|signature|sig|auth|code)[\w.-]{0,64})=[^&\s"\\]+/gi, '$1=[hidden]'],
]

/** Takes out of a line what looks like a secret, and the secrets of this server as they stand in its settings. */
export function hiding(secrets: readonly string[]): Hide {
  // As they are and as they stand in JSON; what holds another one goes first.
  const forms = new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))
  const known = [...forms].filter((secret) => secret.length >= 6).toSorted((one, other) => other.length - one.length)
  return (line) => {
    let clean = line
    for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, '[hidden]')
    for (const [look, instead] of looks) clean = clean.replace(look, instead)
    return clean
  }
}

type Settings = Partial<
  Pick<
    Config,
    'ownerKey' | 'masterKey' | 'backupKey' | 'databaseUrl' | 's3AccessKeyId' | 's3SecretAccessKey' | 'otelHeaders'
  >
>

export function secretsIn(config: Settings): readonly string[] {
  const { ownerKey, masterKey, backupKey, databaseUrl, s3AccessKeyId, s3SecretAccessKey, otelHeaders = '' } = config
  const password = databaseUrl === undefined ? '' : (URL.parse(databaseUrl)?.password ?? '')
  const keys = [masterKey, backupKey].flatMap((key) => {
    const bytes = key === undefined ? undefined : Buffer.from(key)
    return bytes === undefined ? [] : [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]
  })
  const headers = otelHeaders.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim())
  const encoded = [password, ...headers]
  const all = [ownerKey, s3AccessKeyId, s3SecretAccessKey, ...keys, ...encoded, ...encoded.map(decoded)]
  return [...new Set(all.flatMap((secret) => secret || []))]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
