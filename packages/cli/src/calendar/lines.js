/**
 * A content line of RFC 5545.
 * @typedef {object} Property
 * @property {string} name in capitals
 * @property {Readonly<Record<string, string>>} params names in capitals
 * @property {string} value as it stands there: escaped where it is a text
 */

/** @typedef {{ name: string, properties: Property[], parts: Component[] }} Component a BEGIN … END, with those inside it */

const mostOctets = 75

/** Folded so that no line has more than 75 octets and no sign is cut. @param {string} line */
export function fold(line) {
  let folded = ''
  let octets = 0
  for (const sign of line) {
    const size = Buffer.byteLength(sign)
    if (octets + size > mostOctets) {
      folded += '\r\n '
      octets = 1
    }
    folded += sign
    octets += size
  }
  return `${folded}\r\n`
}

/** @param {string} text */
export const escaped = (text) =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll(';', '\\;')
    .replaceAll(',', '\\,')
    .replaceAll(/\r\n|\r|\n/g, '\\n')
    // Other control signs have no place in a calendar.
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')

/** @param {string} value */
export const unescaped = (value) => value.replaceAll(/\\([\\;,nN])/g, (_, sign) => (/n/i.test(sign) ? '\n' : sign))

/** @param {string} text */
const unfolded = (text) =>
  text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r\n|\n|\r/)

/** @param {string} value */
const unquoted = (value) => {
  const inner = value.startsWith('"') ? value.slice(1, -1) : value
  return inner.replaceAll(/\^(n|'|\^)/g, (_, sign) => (sign === 'n' ? '\n' : sign === "'" ? '"' : '^'))
}

/** @param {string} line @returns {Property | undefined} */
function propertyOf(line) {
  const [head, name = '', params = ''] =
    /^([A-Za-z0-9-]+)((?:;[^=:;]+=(?:"[^"]*"|[^":;,]*)(?:,(?:"[^"]*"|[^":;,]*))*)*):/.exec(line) ?? []
  if (head === undefined) return undefined
  const found = [...params.matchAll(/;([^=]+)=((?:"[^"]*"|[^";])*)/g)]
  return {
    name: name.toUpperCase(),
    params: Object.fromEntries(found.map(([, key = '', value = '']) => [key.toUpperCase(), unquoted(value)])),
    value: line.slice(head.length),
  }
}

/**
 * The components that stand alone in a text, most of all its calendars. What cannot be understood is left out.
 * @param {string} text
 * @returns {Component[]}
 */
export function readComponents(text) {
  /** @type {Component} */
  const root = { name: '', properties: [], parts: [] }
  const open = [root]
  for (const line of unfolded(text)) {
    const property = propertyOf(line)
    if (property === undefined) continue
    const inside = open.at(-1) ?? root
    const name = property.value.trim().toUpperCase()
    if (property.name === 'BEGIN') {
      const component = { name, properties: [], parts: [] }
      inside.parts.push(component)
      open.push(component)
    } else if (property.name !== 'END') inside.properties.push(property)
    else if (open.length > 1 && inside.name === name) open.pop()
  }
  return root.parts
}

/** @param {Component} component @param {string} name */
export const propertyNamed = ({ properties }, name) => properties.find((property) => property.name === name)

/** @param {Component} component @param {string} name */
export const propertiesNamed = ({ properties }, name) => properties.filter((property) => property.name === name)

/** @param {Component} component @param {string} name */
export const textOf = (component, name) => {
  const property = propertyNamed(component, name)
  return property === undefined ? undefined : unescaped(property.value)
}
