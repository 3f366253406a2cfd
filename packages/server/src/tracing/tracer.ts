import { formatEffectId } from '@hearth/kernel'
import type { Attempt, AttemptResult, AttemptSpan, CommandEnvelope, EffectKind } from '@hearth/kernel'
import type { Deciding, Envelope, KeepEnvelope, Meter, Replied, Written } from '@hearth/kernel'
import type { CallAnswer, CallRequest } from '../call.ts'
import { requestIdIn } from '../correlation.ts'
import { codeIn } from '../platform/access-log.ts'
import type { Contexts, TraceContext } from './contexts.ts'
import type { Span } from './otlp.ts'

type Batch = Parameters<Meter['decided']>[1]
type Entry = Batch[number]
type Trace = NonNullable<Deciding['trace']>
type AttemptOf = Pick<Attempt, 'id' | 'attempt' | 'correlation'>

/** Follows a call from its door through queue, decision and commit to what is done in the world and back. */
export interface Tracer {
  /** `id`: of the command that it may lead to. */
  called(request: CallRequest, id: string, answer: CallAnswer, began: number): void
  submitted(envelope: CommandEnvelope | KeepEnvelope): void
  decided(deciding: Deciding, batch: Batch): void
  asked(envelope: CommandEnvelope, ask: () => Promise<Replied>): Promise<Replied>
  following(kind: EffectKind): EffectKind
  /** What is sent to whom an attempt reaches. */
  traceparent(attempt: AttemptOf): string
}

const askOf = (effect: string): string => `ask ${effect}`
const attemptOf = (effect: string, attempt: number): string => `attempt ${effect} ${attempt}`
const rowOf = ({ slot, sequence }: Pick<Written, 'slot' | 'sequence'>): string => `row ${slot}.${sequence}`
const timerOf = (effect: string): string => `timer ${effect}`
const commandOf = (id: string): string => `command ${id}`

export function createTracer({ contextOf, spanId }: Contexts, add: (span: Span) => void): Tracer {
  const submittedAt = new WeakMap<Envelope, number>()

  const note = (context: TraceContext, span: Omit<Span, 'traceId' | 'ended'> & { readonly ended?: number }): void => {
    if (context.isSampled) add({ ended: performance.now(), ...span, traceId: context.traceId })
  }
  /** What an effect follows from is the commit of the row that asked for it. */
  const askingRow = (effect: string): string | undefined => {
    const [slot, sequence] = effect.split('.').map(Number)
    return slot === undefined || sequence === undefined || Number.isNaN(sequence)
      ? undefined
      : spanId(rowOf({ slot, sequence }))
  }
  /** What a row follows from: a call, an ask of another home, an attempt at an effect, or time alone. */
  const parentOf = ({ principal, causation }: Written, entry: Entry | undefined, kind: string | undefined) => {
    if (entry === undefined) return undefined
    const { envelope } = entry
    if (envelope.type === 'result') {
      if (kind === 'timer') return spanId(timerOf(causation))
      return spanId(kind === 'ask' ? askOf(causation) : attemptOf(causation, envelope.attempt))
    }
    if (envelope.type === 'command' && envelope.asked !== undefined) return spanId(askOf(causation))
    return principal === 'hearth' ? undefined : spanId(commandOf(causation))
  }
  const sinceOf = (entry: Entry | undefined, trace: Trace): number => {
    if (entry === undefined) return trace.began
    // Lanes count by the machine's clock.
    const since = submittedAt.get(entry.envelope) ?? entry.since - performance.timeOrigin
    return Math.min(since, trace.began)
  }
  /** Of the first row that a cause led to: what came before the commit is the same for all of them. */
  const noteCause = (row: Written, context: TraceContext, parent: string | undefined, began: number, trace: Trace) => {
    const name = rowOf(row)
    const about = { parent, kind: 'internal', attributes: {} } as const
    note(context, { ...about, spanId: spanId(`queue ${name}`), name: 'queue', began, ended: trace.began })
    const { began: from, ended } = trace
    note(context, { ...about, spanId: spanId(`decide ${name}`), name: 'decide', began: from, ended })
  }
  const noteRow = (row: Written, entry: Entry | undefined, { trace, ended }: Deciding, isFirst: boolean): void => {
    const context = contextOf(row.correlation)
    if (trace === null || !context.isSampled) return
    const kind = ended.find((attempt) => formatEffectId(attempt.row) === row.causation)?.row.kind
    const parent = parentOf(row, entry, kind) ?? context.callersSpan
    const began = sinceOf(entry, trace)
    const position = { 'hearth.position': `${row.slot}.${row.sequence}`, 'hearth.actor.kind': row.address.kind }
    if (isFirst && kind === 'timer') {
      const attributes = { ...position, 'hearth.effect.id': row.causation }
      note(context, {
        spanId: parent ?? '',
        parent: undefined,
        name: 'timer',
        kind: 'internal',
        began,
        attributes,
      })
    }
    if (isFirst) noteCause(row, context, parent, began, trace)
    note(context, {
      parent,
      spanId: spanId(rowOf(row)),
      name: 'commit',
      kind: 'internal',
      began: trace.ended,
      attributes: { ...position, 'hearth.causation': row.causation, 'hearth.batch.rows': trace.rows.length },
    })
  }
  return {
    called: ({ operation, correlation, requestId, door, principal }, id, { status, body }, began) => {
      const context = contextOf(correlation ?? requestId)
      const code = codeIn(status, body)
      // What a caller names that is no operation may be anything.
      const name = code === 'operation.unknown' ? 'none' : operation
      note(context, {
        spanId: spanId(commandOf(id)),
        parent: context.callersSpan,
        name,
        kind: 'server',
        began,
        attributes: {
          'hearth.operation': name,
          'hearth.door': door,
          'hearth.request.id': requestIdIn(requestId),
          'hearth.principal.kind': principal.kind,
          'http.response.status_code': status,
          'error.type': code,
        },
        isError: status >= 500,
      })
    },
    submitted: (envelope) => void submittedAt.set(envelope, performance.now()),
    decided: (deciding, batch) => {
      const { trace } = deciding
      if (trace === null || trace.rows.length === 0) return
      const entries = new Map<string, Entry>()
      for (const entry of batch) entries.set(causeOf(entry.envelope), entry)
      const seen = new Set<string>()
      for (const row of trace.rows) {
        noteRow(row, entries.get(row.causation), deciding, !seen.has(row.causation))
        seen.add(row.causation)
      }
    },
    asked: async (envelope, ask) => {
      const began = performance.now()
      const { id, correlation } = envelope
      const context = contextOf(correlation)
      const end = (name: string, isError: boolean): void =>
        note(context, {
          spanId: spanId(name),
          parent: askingRow(id),
          name: 'ask',
          kind: 'client',
          began,
          attributes: { 'hearth.effect.id': id, 'hearth.asked.kind': envelope.address.kind },
          isError,
        })
      try {
        const replied = await ask()
        end(askOf(id), false)
        return replied
      } catch (error) {
        end(`failed ask ${id} ${began}`, true)
        throw error
      }
    },
    following: (kind) => ({
      ...kind,
      run: async (request, attempt) => {
        const began = performance.now()
        const context = contextOf(attempt.correlation)
        const end = (outcome: AttemptResult['type'], told?: AttemptSpan): void =>
          note(context, {
            spanId: spanId(attemptOf(attempt.id, attempt.attempt)),
            parent: askingRow(attempt.id) ?? context.callersSpan,
            name: told?.name ?? `effect ${kind.kind}`,
            kind: 'client',
            began,
            ...(told?.ms === undefined ? {} : { ended: began + told.ms }),
            attributes: {
              ...told?.attributes,
              'hearth.effect.id': attempt.id,
              'hearth.effect.kind': kind.kind,
              'hearth.effect.attempt': attempt.attempt,
              'hearth.effect.outcome': outcome,
            },
            isError: told?.isError ?? outcome !== 'done',
          })
        try {
          const result = await kind.run(request, attempt)
          end(result.type, result.type === 'done' ? kind.traced?.(result.value, attempt) : undefined)
          return result
        } catch (error) {
          end('unknown')
          throw error
        }
      },
    }),
    traceparent: ({ id, attempt, correlation }) => {
      const { traceId, isSampled } = contextOf(correlation)
      return `00-${traceId}-${spanId(attemptOf(id, attempt))}-${isSampled ? '01' : '00'}`
    },
  }
}

const causeOf = (envelope: Envelope): string =>
  envelope.type === 'result' ? formatEffectId(envelope.effect) : envelope.id
