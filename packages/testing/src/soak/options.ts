import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'

export interface SoakOptions {
  readonly minutes: number
  readonly seed: string
  readonly ratePerSecond: number
  readonly homes: number
  readonly json: boolean
  readonly keep: boolean
  readonly command: readonly string[]
}

export const usage = `Usage: npm run soak -- --minutes N [--seed S] [--rate R] [--homes H] [--json] [--keep] [--command C]
  --minutes   how long to set reminders and kill (what is still due is waited for afterwards)
  --seed      repeats the load and the kills of an earlier run
  --rate      reminders set each second (50)
  --homes     homes they are set in, beside the owner's (32)
  --json      one JSON object on standard output; everything else goes to standard error
  --keep      keeps the data folder and the ledgers of a good run too
  --command   what starts the server (node packages/cli/bin/hearth.js start)`

/** Throws what `usage` should follow when the words are wrong. */
export function parseOptions(words: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string', default: randomBytes(4).toString('hex') },
      rate: { type: 'string', default: '50' },
      homes: { type: 'string', default: '32' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      command: { type: 'string', default: 'node packages/cli/bin/hearth.js start' },
    },
  })
  if (!/^[\w-]{1,40}$/.test(values.seed)) throw new Error('--seed takes at most 40 letters, digits, - and _.')
  return {
    minutes: positive('minutes', values.minutes),
    seed: values.seed,
    ratePerSecond: positive('rate', values.rate),
    homes: Math.floor(positive('homes', values.homes)),
    json: values.json,
    keep: values.keep,
    command: values.command.split(' ').filter((word) => word !== ''),
  }
}

function positive(name: string, value: string | undefined): number {
  const number = Number(value)
  if (value === undefined || !Number.isFinite(number) || number <= 0)
    throw new Error(`--${name} takes a number above 0.`)
  return number
}
