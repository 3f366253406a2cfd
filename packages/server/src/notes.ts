import { randomUUID } from 'node:crypto'
import type { EffectTools, Feature, Gauge, KnowingTools } from '@hearth/features'
import { typeNamed, type Answer, type Batch, type Kernel } from '@hearth/kernel'
import { formatPosition, HearthError, type Json } from '@hearth/protocol'
import type { Logger } from './platform/logs.ts'

type Features = readonly Pick<Feature, 'gauges' | 'notices'>[]
type Counts = readonly (readonly [gauge: Gauge, counts: Readonly<Record<string, number>>])[]

/** What features count, in the status and in the metrics. */
export interface Gauges {
  status(): Readonly<Record<string, Readonly<Record<string, number>>>>
  lines(): string
}

export function createGauges(features: Features, tools: Pick<KnowingTools, 'tenants' | 'reference'>): Gauges {
  const read = (): Counts =>
    features.flatMap(({ gauges = [] }) => gauges.map((gauge) => [gauge, gauge.read(tools)] as const))
  return {
    status: () => Object.fromEntries(read().map(([{ name }, counts]) => [name, counts])),
    lines: () =>
      read()
        .flatMap(([{ name, help, label, values }, counts]) => [
          `# HELP hearth_${name} ${help}`,
          `# TYPE hearth_${name} gauge`,
          ...values.map((value) => `hearth_${name}{${label}="${value}"} ${counts[value] ?? 0}`),
        ])
        .map((line) => `${line}\n`)
        .join(''),
  }
}

/** Says in the log what features want to have said when it is committed. */
export function createNotices(features: Features, log: Pick<Logger, 'warn'>): (batch: Batch) => void {
  const notices: Readonly<Record<string, string>> = Object.assign({}, ...features.map(({ notices = {} }) => notices))
  return ({ references, rows }) => {
    // Few commits hold one, and no other row is looked at.
    if (references.length === 0) return
    for (const { tenant, slot, sequence, types } of rows)
      for (const type of types.split(',')) {
        const notice = notices[typeNamed(type)]
        if (notice !== undefined) log.warn({ tenant, position: formatPosition({ slot, sequence }) }, notice)
      }
  }
}

/** Commands of this process's own. */
export function createOwnCommands(submit: Kernel['submit']): Pick<EffectTools, 'note' | 'decide'> {
  const present = (answer: Answer) =>
    answer.type === 'accepted'
      ? { status: 200, body: JSON.stringify(answer.output ?? null) }
      : { status: 409, body: answer.code }
  const decide: EffectTools['decide'] = async (address, command, bytes, how) => {
    const id = randomUUID()
    const own = { principal: 'hearth', correlation: id, key: null, bytes, ...how }
    const { status, body } = await submit({ type: 'command', id, address, command, ...own, present })
    if (status !== 200) throw new HearthError(body, `The actor ${address.kind} refuses what this process tells it.`)
    return JSON.parse(body) as Json
  }
  return {
    decide,
    // What could not be noted is known better the next time.
    note: (address, command) => void decide(address, command, 4000).catch(() => undefined),
  }
}
