import { asWritten } from './settings-written.ts'
import { matching, type Find, type Span } from './span.ts'

const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d/g
const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: ?[\da-f]*/g

/** Up to its end, or all that follows: a key whose end was cut off is one all the same. */
export const findPrivateKeys: Find = (text) => {
  const spans: Span[] = []
  begin.lastIndex = 0
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    end.lastIndex = match.index
    const last = end.exec(text)
    const until = last === null ? text.length : last.index + last[0].length
    spans.push({ start: match.index, end: until, kind: 'private key' })
    begin.lastIndex = until
  }
  return spans
}

/** What those who issue keys have them begin with, so that they are found. */
const prefixes = [
  String.raw`sk-[\w-]{16,}`,
  String.raw`(?:xai|pplx|tvly|gsk|nvapi|csk|fw|r8|jina|voyage|pa|key|rpa|lin_api|secret|ntn|sntrys|dapi|phc|phx|lsv2_(?:pt|sk))[-_](?=[\w-]{0,40}\d)[\w-]{24,}`,
  String.raw`hearth_[\da-z]{26}_[\w-]{43}`,
  String.raw`gh[pousr]_\w{30,}`,
  String.raw`github_pat_\w{40,}`,
  String.raw`gl(?:pat|ptt|dt|rt|soat|ft|agent|cbt)-[\w.-]{20,}`,
  String.raw`xox[a-z]-[\w-]{10,}`,
  String.raw`xapp-[\w-]{20,}`,
  String.raw`https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[\w/]{20,}`,
  String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7\d]{16}`,
  String.raw`AIza[\w-]{35}`,
  String.raw`ya29\.[\w-]{20,}`,
  String.raw`GOCSPX-[\w-]{20,}`,
  String.raw`[spr]k_(?:live|test)_\w{16,}`,
  String.raw`whsec_[\w+/=]{20,}`,
  String.raw`npm_\w{36}`,
  String.raw`pypi-[\w-]{40,}`,
  String.raw`hf_[A-Za-z\d]{30,}`,
  String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`,
  String.raw`do[oprt]_v1_[\da-f]{40,}`,
  String.raw`shp(?:at|ca|pa|ss)_[\da-fA-F]{32}`,
  String.raw`EAA[A-Za-z\d]{40,}`,
  String.raw`\d{8,10}:AA[\w-]{32,}`,
  String.raw`AGE-SECRET-KEY-1[\dA-Z]{50,}`,
  String.raw`dckr_pat_[\w-]{20,}`,
  String.raw`figd_[\w-]{30,}`,
  String.raw`sq0(?:atp|csp)-[\w-]{20,}`,
  String.raw`hv[sb]\.[\w-]{20,}`,
]

/** A letter before one hides it only where it goes on as words do. */
const known = new RegExp(String.raw`(?<![A-Za-z\d])(?:${prefixes.join('|')})`, 'g')

/** Words with points between them: each is looked at once, however long it is. */
const pointed = /(?<![\w.-])[\w-]+(?:\.[\w-]*)+/g

/** JWTs: what a brace and a quote are in base64, and at least one part more. */
const findJwts: Find = (text) => {
  const spans: Span[] = []
  for (const { 0: found, index } of text.matchAll(pointed)) {
    const at = found.indexOf('eyJ')
    const length = at === -1 ? 0 : found.length - at
    if (length > 20 && found.indexOf('.', at) > at + 8)
      spans.push({ start: index + at, end: index + found.length, kind: 'token' })
  }
  return spans
}

const scheme = /(?<![A-Za-z])(?:Bearer|Basic|Token|ApiKey)[ :]{1,3}(?<secret>(?=[\w.~+/-]{0,60}\d)[\w.~+/-]{16,}=*)/gi
const signed =
  /[?&#](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|access_token|id_token|refresh_token|token|key|api_?key|auth|code|password|secret)=(?<secret>[^&#\s"'<>\\${}]{8,})/gi

/** Names of what is secret, and of several. */
export const secretName =
  /(?:pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort|contraseña|authorization|cookie|secret|token|credential|api[-_ ]?key|access[-_ ]?key|secret[-_ ]?key|private[-_ ]?key|auth[-_ ]?key|signing[-_ ]?key|encryption[-_ ]?key)$/i

const name = String.raw`(?<![A-Za-z])[\w-]{0,40}(?:password|passwd|pwd|passphrase|passcode|passwort|kennwort|secret|token(?!s)|api[-_ ]?key|apikey|(?:access|secret|private|auth|signing|encryption|account|shared)[-_ ]?key)\w{0,3}`
const sign = String.raw`["'\`]?\s{0,3}(?::=|=>|[:=])\s{0,3}`
/** In quotes: any that is no word of a program. */
const quoted = new RegExp(
  String.raw`${name}${sign}(?<quote>\\?["'\`])(?<secret>[^"'\`\s\\<>{}$]{6,200})\k<quote>`,
  'gi',
)
/** As files of settings have it: letters and digits mixed, and no call, no member. */
const bare = new RegExp(
  String.raw`${name}["']?\s{0,3}[:=]\s{0,3}(?<secret>(?=[^\s]{0,100}\d)(?=[^\s]{0,100}[A-Za-z])[\w+/~!@#%^&*-]{8,200}={0,2})(?![\w.([])`,
  'gi',
)
/** In a sentence: with a digit or a sign in it, since no word of a sentence has one. */
const told =
  /(?<!\p{L})(?:password|passwort|kennwort|passphrase|passcode|pwd|pw|mot de passe|contraseña|пароль|密码|密碼|パスワード)(?:\s(?:for|of|für|de|pour|to)\s(?:(?:the|my|our|das|die|den|le|la)\s)?[\w.-]{1,40})?(?:['’]|\s)?(?:s|is|ist|lautet|est|es|was|now|=|:|：|是|为|は|—|-){1,2}(?:\s(?:now|still|jetzt))?:?\s?["'`“„«]?(?<secret>(?=[^\s"'`”“»，。]{0,60}[\d!@#$%^&*])[^\s"'`”“»，。]{4,120})/giu

/** As commands and browsers have them. */
const given = /(?<!\S)(?:-u|--user|--proxy-user)[ =]["']?[\w.@+-]{1,64}:(?<secret>[^\s"'`]{4,200})/g
const cookie = /(?<![A-Za-z])(?:set-)?cookie["']?\s?[:=]\s?["']?(?<secret>[^\s"'=]{1,60}=[^\n"']{8,2000})/gi
const pin =
  /(?<![A-Za-z])(?:PIN|[Pp]in|CVV2?|CVC2?|cvv|cvc)(?:[ -](?:code|number|nummer))?(?: is| ist|:| =|=)? ?(?<secret>\d{3,8})(?![\d.\w])/g

/** What stands there in programs and their descriptions: a type, a call, the name of a variable or of the field itself. */
const isNothing = (secret: string): boolean =>
  /^(?:[x*.•-]+|undefined|process\..*|null|required|optional|string|\[.*\]?|[\w$.]+\(.*|(?:Int|Uint|Float|BigInt)\d+(?:Clamped)?Array.*)$/i.test(
    secret,
  ) ||
  /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(secret) ||
  (/^[a-z_-]+$/i.test(secret) && secretName.test(secret))

export const findTokens: readonly Find[] = [
  matching('token', known),
  findJwts,
  matching('token', scheme),
  matching('token', signed),
  matching('password', quoted, (secret) => !isNothing(secret)),
  matching('password', bare, (secret) => !isNothing(secret)),
  matching('password', given),
  ...asWritten.map((pattern) => matching('password', pattern, (secret) => !isNothing(secret))),
  matching('token', cookie),
  matching('password', pin),
  matching('password', told, (secret) => !isNothing(secret)),
]

const authority = /[a-z][a-z\d+.-]{1,20}:\/\//gi

/** Who and by which word, before the host of an address. */
export const findInAddresses: Find = (text) => {
  const spans: Span[] = []
  for (const match of text.matchAll(authority)) {
    const start = match.index + match[0].length
    const rest = /^[^\s"'<>`]{0,512}/.exec(text.slice(start, start + 512))?.[0] ?? ''
    const colon = rest.indexOf(':')
    // What follows a colon that is no port is a word, in which anything may stand: up to the last sign that can end it.
    const isPort = /^:\d{1,5}(?:[/?#]|$)/.test(rest.slice(colon))
    const end = colon === -1 || isPort ? -1 : rest.lastIndexOf('@')
    if (end > colon + 1) spans.push({ start, end: start + end, kind: 'password' })
  }
  return spans
}
