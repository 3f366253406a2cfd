type Tokens = readonly string[]

const longest = 200
const operator = /[-+*/%^×÷]/
const written = /[-+(]*\d[\d.\s+\-*/%^×÷()]*/g

/** What a sum in a text comes to, with the sum as it was read; null where there is none. */
export function solved(text: string): { readonly sum: string; readonly value: number } | null {
  for (const [found] of text.slice(0, 2000).matchAll(written)) {
    const sum = found.trim().replace(/[.\s]+$/, '')
    if (sum.length > longest || !operator.test(sum.slice(1)) || isDate(sum)) continue
    const value = valueOf(sum.match(/\d+(?:\.\d+)?|[-+*/%^×÷()]/g) ?? [])
    if (value !== null) return { sum, value }
  }
  return null
}

const isDate = (sum: string): boolean => /^\d{4}-\d{2}(-\d{2})?$|^\d{1,2}\/\d{1,2}\/\d{2,4}$/.test(sum)

function valueOf(tokens: Tokens): number | null {
  let at = 0
  const primary = (): number => {
    const token = tokens[at++]
    if (token === '-') return -power()
    if (token === '+') return power()
    if (token !== '(') return token === undefined || operator.test(token) || token === ')' ? Number.NaN : Number(token)
    const inner = sum()
    return tokens[at++] === ')' ? inner : Number.NaN
  }
  const power = (): number => {
    const base = primary()
    if (tokens[at] !== '^') return base
    at += 1
    return base ** power()
  }
  const product = (): number => {
    let value = power()
    for (let sign = tokens[at]; sign !== undefined && /[*/%×÷]/.test(sign); sign = tokens[at]) {
      at += 1
      const next = power()
      value = /[*×]/.test(sign) ? value * next : sign === '%' ? value % next : value / next
    }
    return value
  }
  const sum = (): number => {
    let value = product()
    for (let sign = tokens[at]; sign === '+' || sign === '-'; sign = tokens[at]) {
      at += 1
      const next = product()
      value = sign === '+' ? value + next : value - next
    }
    return value
  }
  const value = sum()
  if (at < tokens.length || !Number.isFinite(value)) return null
  // Without the last digits of binary fractions: 0.1 + 0.2 is 0.3.
  return Number(value.toPrecision(15))
}
