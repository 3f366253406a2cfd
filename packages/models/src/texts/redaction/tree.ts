import type { Redaction } from './redact.ts'
import { secretName } from './secrets.ts'

type Fields = Readonly<Record<string, unknown>>

/** Redacts all texts of a value that JSON can hold: names too, numbers that are card numbers, and JSON that is itself a text. */
export function redactTree(value: unknown, redaction: Redaction): unknown {
  if (typeof value === 'string') return redactString(value, redaction)
  if (typeof value === 'number') return redactNumber(value, redaction)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return redactList(value, redaction)
  const entries = Object.entries(value)
  const named = nameIn(value as Fields)
  return Object.fromEntries(
    entries.map(([name, one]) => {
      const known = named !== undefined && name === 'value' ? named : name
      return [redaction.text(name), redactField(known, one, redaction)]
    }),
  )
}

/** Of a field that is itself written as one: `{"name": "password", "value": …}`. */
function nameIn({ name, key, field }: Fields): string | undefined {
  return [name, key, field].find((one) => typeof one === 'string') as string | undefined
}

/** Of what is secret and may be a number: how many tokens there are is none. */
const numberName = /(?:pass(?:word|wd|code)?|pwd|passwort|kennwort|pin|cvv2?|cvc2?)$/i
const phoneName = /(?:phone|mobile|telefon|tel|fax|whatsapp|handy)(?:[-_ ]?(?:number|no|nr))?$/i

function redactField(name: string, value: unknown, redaction: Redaction): unknown {
  if (typeof value === 'string' && value.length >= 4 && secretName.test(name)) return '[password]'
  if (typeof value === 'number' && numberName.test(name)) return '[password]'
  if (Array.isArray(value) && secretName.test(name.replace(/(?<!token)s$/i, '')))
    return value.map((one) => redactField(name.replace(/s$/i, ''), one, redaction))
  const isScalar = typeof value === 'string' || typeof value === 'number'
  if (isScalar && phoneName.test(name) && /^[\d ()+./-]{7,30}$/.test(String(value))) return '[phone]'
  return redactTree(value, redaction)
}

function redactString(text: string, redaction: Redaction): string {
  return redactedJson(text, redaction) ?? redaction.text(text)
}

/** Arguments of tools are JSON in a text. Undefined where it is none: what broke off is looked through as it is. */
function redactedJson(text: string, redaction: Redaction): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.stringify(redactTree(JSON.parse(text), redaction))
  } catch {
    // It is none, or one that goes deeper than anybody goes: nobody escapes by that.
    return undefined
  }
}

function redactNumber(value: number, redaction: Redaction): unknown {
  if (!Number.isInteger(value) || value < 1e11) return value
  const text = String(value)
  const redacted = redaction.text(text)
  return redacted === text ? value : redacted
}

/** Parts of one message are read together: what is cut in two by them is found as well. */
function redactList(values: readonly unknown[], redaction: Redaction): readonly unknown[] {
  const result = values.map((value) => (isPart(value) ? value : redactTree(value, redaction)))
  for (let from = 0; from < values.length; from += 1) {
    let until = from
    while (until < values.length && isPart(values[until])) until += 1
    if (until === from) continue
    const parts = values.slice(from, until) as readonly Part[]
    const texts = redaction.joined(parts.map(({ text }) => redactedJson(text, redaction) ?? text))
    for (const [index, { text: _, ...rest }] of parts.entries())
      result[from + index] = { ...(redactTree(rest, redaction) as Fields), text: texts[index] ?? '' }
    from = until
  }
  return result
}

type Part = Fields & { readonly text: string }

const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && typeof (value as { readonly text?: unknown }).text === 'string'
