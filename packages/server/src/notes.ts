import { randomUUID } from 'node:crypto'
import type { EffectTools, Feature, Gauge, KnowingTools } from '@hearth/features'
import { typeNamed, type Batch, type Kernel } from '@hearth/kernel'
import { formatPosition } from '@hearth/protocol'
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

/** A command of this process's own, that nobody waits for. */
export const createNote =
  (submit: Kernel['submit']): EffectTools['note'] =>
  (address, command) => {
    const id = randomUUID()
    const own = { principal: 'hearth', correlation: id, key: null, bytes: 4000 }
    // What could not be noted is known better the next time.
    submit({ type: 'command', id, address, command, ...own, present: () => ({ status: 200, body: '' }) }).catch(
      () => undefined,
    )
  }
