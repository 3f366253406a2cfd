const colourOf: Readonly<Record<string, string>> = { debug: '2', trace: '2', warn: '33', error: '31', fatal: '31' }

/** A line of the log for a person at a terminal; the same words when it is not one of ours. */
export function readableLine(line: string, colours = true): string {
  const record = parse(line)
  if (record === undefined) return plain(line)
  const { level, time, msg, err, ...fields } = record
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${printable(value)}`)
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? `\n${plain(err.stack)}` : ''
  const name = String(level)
  const head = `${String(time).slice(11, 23)} ${name.padEnd(5)} ${plain(msg)}`
  const shown = colours ? `\x1b[${colourOf[name] ?? '0'}m${head}\x1b[0m` : head
  return `${shown}${rest.join('')}${stack}\n`
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(line)
    return typeof record === 'object' && record !== null ? (record as Readonly<Record<string, unknown>>) : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/** What a message quotes from outside must not steer the terminal. */
const plain = (value: unknown): string => String(value).replaceAll(/[^\P{C}\n]/gu, ' ')

const printable = (value: unknown): string =>
  typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : plain(JSON.stringify(value))
