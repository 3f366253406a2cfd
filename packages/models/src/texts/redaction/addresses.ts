import { isIPv6 } from 'node:net'
import { matching, type Find, type Span } from './span.ts'

const part = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`
const four = new RegExp(String.raw`(?<![\w.]|\d-)${part}(?:\.${part}){3}(?![\w]|\.\d|-\d)`, 'g')
/** Of every machine: they tell of nobody. */
const ofEveryone = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.)/

export const findFour = matching('ip', four, (found) => !ofEveryone.test(found))

/** Where one may be. */
const colons = /(?<!\w)(?:[\da-f]{1,4}:|::)[\da-f:.]{2,44}(?!\w)/gi

export const findSix: Find = (text) => {
  const spans: Span[] = []
  for (const { 0: found, index: start } of text.matchAll(colons)) {
    // A sentence goes on with such signs.
    const length = [found.length, found.replace(/[.:]+$/, '').length].find((one) => isAddress(found.slice(0, one)))
    if (length !== undefined) spans.push({ start, end: start + length, kind: 'ip' })
  }
  return spans
}

/** Names of programs and times of day have colons too. */
function isAddress(found: string): boolean {
  if (!isIPv6(found) || !/\d/.test(found)) return false
  const groups = found.split(':').filter((group) => group !== '')
  return groups.length >= 3 || /^(?:fe80|f[cd][\da-f]{2}|2[\da-f]{3}):/i.test(found)
}
