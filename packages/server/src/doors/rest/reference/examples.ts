/** The call form, as it is typed in a shell. */
export const curlOf = (operation: string, input: unknown): string =>
  [
    `curl localhost:4600/api/v1/call/${operation}`,
    `-H "authorization: Bearer $KEY" -H 'content-type: application/json'`,
    `-d ${inQuotes(JSON.stringify(input))}`,
  ].join(' \\\n  ')

/** The same by the command. */
export function commandOf(operation: string, input: unknown): string {
  const flags = Object.entries((input ?? {}) as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const isList = Array.isArray(value) && value.every((item) => typeof item !== 'object')
    return (isList ? (value as readonly unknown[]) : [value]).map((item) => `${flag} ${wordOf(item)}`)
  })
  return ['hearth', operation, ...flags].join(' ')
}

function wordOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w./:@+-]+$/.test(text) ? text : inQuotes(text)
}

const inQuotes = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
