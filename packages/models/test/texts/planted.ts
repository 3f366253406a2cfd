/** A seeded source of chance, so that what failed once fails again. */
export type Chance = (below: number) => number

export function chanceOf(seed: number): Chance {
  let state = seed | 1
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    return ((state ^ (state >>> 15)) >>> 0) % below
  }
}

export const oneOf = <T>(chance: Chance, all: readonly T[]): T => all[chance(all.length)] as T

const digits = (chance: Chance, count: number): string => Array.from({ length: count }, () => chance(10)).join('')
const drawn = (chance: Chance, from: string, count: number): string =>
  Array.from({ length: count }, () => from[chance(from.length)]).join('')
const lower = 'abcdefghijklmnopqrstuvwxyz'
const mixed = `${lower}ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789`

function luhnDigit(body: string): string {
  for (let last = 0; last < 10; last += 1) {
    let sum = 0
    for (const [index, digit] of `${body}${last}`.split('').toReversed().entries()) {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
      sum += value > 9 ? value - 9 : value
    }
    if (sum % 10 === 0) return `${body}${last}`
  }
  return ''
}

const grouped = (text: string, size: number, between: string): string =>
  (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(between)

function ibanOf(chance: Chance): string {
  const [country, length] = oneOf(chance, [
    ['DE', 22],
    ['GB', 22],
    ['FR', 27],
    ['NL', 18],
    ['CH', 21],
    ['NO', 15],
    ['MT', 31],
  ] as const)
  const body =
    country === 'GB' || country === 'NL' || country === 'MT'
      ? drawn(chance, 'ABCDEFGHKLM', 4) + digits(chance, length - 8)
      : digits(chance, length - 4)
  const numbers = `${body}${country}00`
    .split('')
    .map((one) => Number.parseInt(one, 36))
    .join('')
  return `${country}${String(98n - (BigInt(numbers) % 97n)).padStart(2, '0')}${body}`
}

/** Of each kind many: what is planted, and the part of it that must not come out. */
export const kinds: Readonly<Record<string, (chance: Chance) => readonly [planted: string, secret: string]>> = {
  'e-mail': (chance) => {
    const host = oneOf(chance, ['example.com', 'mail.example.co.uk', 'xn--bcher-kva.example', 'bücher.example'])
    const name = `${drawn(chance, lower, 1 + chance(8))}${oneOf(chance, ['', '.', '+', '_', '-'])}${drawn(chance, mixed, 4 + chance(20))}`
    const at = oneOf(chance, ['@', '@', '@', '＠', '%40', '\\u0040', '&#64;', '&#x40;', '\u200b@'])
    return [`${name}${at}${host}`, name]
  },
  phone: (chance) => {
    const between = oneOf(chance, [' ', '-', ' ', '\u00a0'])
    const own = digits(chance, 7)
    const three = `${2 + chance(8)}${digits(chance, 2)}`
    const planted = oneOf(chance, [
      `+49${between}171${between}${own}`,
      `+1${between}(${three})${between}${three}-${own.slice(3)}`,
      `0049 171 ${own}`,
      `(${three}) ${three}-${own.slice(3)}`,
      `${three}-${three}-${own.slice(3)}`,
      `0171 ${own}`,
      `0171/${own}`,
      `0171${own}`,
      `06 ${grouped(own.slice(0, 6), 2, ' ')} 4${own[6]}`,
      `Telefon: ${own}`,
      `phone number is ${own}`,
    ])
    return [planted, own.slice(3)]
  },
  card: (chance) => {
    const body = oneOf(chance, [
      `4${digits(chance, 14)}`,
      `5${1 + chance(5)}${digits(chance, 13)}`,
      `37${digits(chance, 12)}`,
    ])
    const card = luhnDigit(body)
    const planted = oneOf(chance, [card, grouped(card, 4, ' '), grouped(card, 4, '-'), grouped(card, 4, '\u00a0')])
    const wide = planted
      .split('')
      .map((one) => (/\d/.test(one) ? String.fromCodePoint(0xff10 + Number(one)) : one))
      .join('')
    const arabic = planted
      .split('')
      .map((one) => (/\d/.test(one) ? String.fromCodePoint(0x660 + Number(one)) : one))
      .join('')
    const written = oneOf(chance, [planted, planted, wide, arabic])
    return [written, written.slice(-6)]
  },
  iban: (chance) => {
    const iban = ibanOf(chance)
    const planted = oneOf(chance, [iban, grouped(iban, 4, ' '), iban.toLowerCase(), grouped(iban, 4, '\u00a0')])
    return [planted, planted.slice(-8)]
  },
  ip: (chance) => {
    const four = `${1 + chance(120)}.${chance(256)}.${chance(256)}.${10 + chance(240)}`
    const six = `2001:db8:${chance(65_536).toString(16)}::${(4096 + chance(60_000)).toString(16)}`
    const planted = oneOf(chance, [four, six, six.toUpperCase()])
    return [planted, planted]
  },
  token: (chance) => {
    const own = drawn(chance, mixed, 36)
    const planted = oneOf(chance, [
      `sk-${own}`,
      `sk-proj-${own}`,
      `sk-ant-api03-${own}`,
      `ghp_${own}`,
      `xoxb-${digits(chance, 12)}-${own}`,
      `AKIA${drawn(chance, 'ABCDEFGHIJKLMNOP234567', 16)}`,
      `AIza${own.slice(0, 35)}`,
      `hearth_${drawn(chance, `${lower}0123456789`, 26)}_${drawn(chance, mixed, 43)}`,
      `npm_${own}`,
      `eyJ${own}.eyJ${own}.${own}`,
      `Authorization: Bearer ${digits(chance, 2)}${own}`,
      `https://x.example/a?token=${own}&b=1`,
      `glpat-${own}`,
      `hf_${drawn(chance, lower, 34)}`,
    ])
    return [planted, planted.slice(planted.startsWith('https') ? 32 : -10).slice(0, 10)]
  },
  password: (chance) => {
    const own = `${drawn(chance, lower, 5)}${chance(10)}${drawn(chance, mixed, 4 + chance(10))}`
    const planted = oneOf(chance, [
      `postgres://admin:${own}@db.internal/x`,
      `https://u:${own}/x@h.example/`,
      `password: "${own}"`,
      `DB_PASSWORD=${own}`,
      `"password":"${own}"`,
      `api_key = '${own}'`,
      `my password is ${own}`,
      `Das Passwort ist ${own}`,
      `密码是${own}`,
    ])
    return [planted, own]
  },
  'private key': (chance) => {
    const own = grouped(drawn(chance, mixed, 200), 64, oneOf(chance, ['\n', '\\n', '\r\n']))
    const kind = oneOf(chance, ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '])
    const planted = `-----BEGIN ${kind}PRIVATE KEY-----\n${own}\n-----END ${kind}PRIVATE KEY-----`
    return [planted, own.slice(40, 60)]
  },
}

const words = [
  'the',
  'order',
  'of',
  '12',
  'apples',
  'für',
  'dich',
  '今天',
  'это',
  'and',
  '3.5',
  'x = 1;',
  '{',
  '}',
  'null',
  '—',
  '👋',
  '1,000',
]
const beside = [' ', '\n', ' (', '"', ', ', '\t', ': ', '，', '。', '\u00a0', ' [', '\n\n']

/** A secret within something else that people write. */
export function surrounded(chance: Chance, planted: string): string {
  const some = (): string => Array.from({ length: chance(12) }, () => oneOf(chance, words)).join(' ')
  return `${some()}${oneOf(chance, beside)}${planted}${oneOf(chance, beside)}${some()}`
}
