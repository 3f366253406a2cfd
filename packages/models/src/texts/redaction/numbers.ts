import type { Find, Span } from './span.ts'

/** Digits with little between them, as people write long numbers. */
const run = /\d(?:[ \u00a0.\-\n\t/_|]{0,3}\d){12,}/g
/** What numbers of the large networks begin with, and how long they are. */
const ofNetworks = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^(?:5[1-5]|2[2-7])\d{14}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[689]\d)\d{11}$/,
  /^35\d{14}$/,
  /^(?:50|5[6-8]|6\d)\d{14,17}$/,
]
const [shortest, longest] = [13, 19]

/** Card numbers: by their check digit, whole groups only, so that what stands beside one does not hide it. */
export const findCards: Find = (text) => {
  const spans: Span[] = []
  for (const match of text.matchAll(run)) {
    const at = [...match[0].matchAll(/\d/g)].map(({ index }) => index)
    const digits = at.map((index) => match[0][index]).join('')
    const begins = (index: number): boolean => index === 0 || at[index] !== (at[index - 1] as number) + 1
    const ends = (index: number): boolean => index === at.length || begins(index)
    for (let from = 0; from + shortest <= at.length; from += 1) {
      if (!begins(from)) continue
      for (let length = Math.min(longest, at.length - from); length >= shortest; length -= 1) {
        if (!ends(from + length) || !isCard(digits.slice(from, from + length))) continue
        const [first, last] = [at[from] as number, at[from + length - 1] as number]
        spans.push({ start: match.index + first, end: match.index + last + 1, kind: 'card' })
        from += length - 1
        break
      }
    }
  }
  return spans
}

const isCard = (digits: string): boolean =>
  ofNetworks.some((network) => network.test(digits)) && !/^(\d)\1+$/.test(digits) && luhn(digits)

export function luhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const twice = digit * 2
    sum += index % 2 === 0 ? digit : twice > 9 ? twice - 9 : twice
  }
  return sum % 10 === 0
}

/** By country, as the registry of SWIFT has them. */
const lengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
)
const begin = /(?<![a-z\d])[a-z]{2}[ -]?\d{2}(?=[ -]?[a-z\d])/gi

/** By the length that its country has, and its check digits. */
export const findIbans: Find = (text) => {
  const spans: Span[] = []
  for (const match of text.matchAll(begin)) {
    const length = lengths.get(match[0].slice(0, 2).toUpperCase())
    if (length === undefined) continue
    const end = endAfter(text, match.index, length)
    if (end !== null && isIban(text.slice(match.index, end))) spans.push({ start: match.index, end, kind: 'iban' })
  }
  return spans
}

/** Behind so many letters and digits, with little between them; null where they are not there. */
function endAfter(text: string, start: number, length: number): number | null {
  let between = 0
  let count = 0
  for (let at = start; at < text.length; at += 1) {
    if (/[a-z\d]/i.test(text[at] as string)) {
      count += 1
      between = 0
      if (count === length) return /[a-z\d]/i.test(text[at + 1] ?? '') ? null : at + 1
    } else if (!/[ \u00a0.\-\n]/.test(text[at] as string) || (between += 1) > 2) return null
  }
  return null
}

function isIban(text: string): boolean {
  const all = text.replace(/[^a-z\d]/gi, '').toUpperCase()
  let rest = 0
  for (const character of all.slice(4) + all.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
