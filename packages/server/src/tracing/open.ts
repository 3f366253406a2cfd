import type { Config } from '../config.ts'
import type { Logger } from '../platform/logs.ts'
import { version } from '../platform/version.ts'
import { createContexts } from './contexts.ts'
import { createExporter, type ExportLimits } from './exporter.ts'
import { pairsIn } from './otlp.ts'
import { samplerNamed } from './sampler.ts'
import { createTracer, type Tracer } from './tracer.ts'

export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer
  /** Of the exposition. */
  lines(): string
}

type Settings = Pick<
  Config,
  | 'otelEndpoint'
  | 'otelTracesEndpoint'
  | 'otelHeaders'
  | 'otelProtocol'
  | 'otelServiceName'
  | 'otelResourceAttributes'
  | 'otelSampler'
  | 'otelSamplerArg'
>

export interface TracingOptions {
  readonly config: Settings
  readonly log: Logger
  /** Names this server in what it derives ids from. */
  readonly salt: string
  readonly worker?: string
  readonly limits?: Partial<ExportLimits>
}

/** Loaded where traces are wanted, and only there. */
export function openTracing({ config, log, salt, worker, limits = {} }: TracingOptions): Tracing {
  const url = config.otelTracesEndpoint ?? `${config.otelEndpoint?.replace(/\/+$/, '')}/v1/traces`
  if (config.otelProtocol?.startsWith('grpc') === true)
    log.warn({}, 'traces are sent by OTLP over HTTP: OTEL_EXPORTER_OTLP_PROTOCOL says grpc, which is not spoken here')
  const sampler = samplerNamed(config.otelSampler, config.otelSamplerArg)
  if (sampler === null) log.warn({ sampler: config.otelSampler }, 'there is no such sampler of traces: all are sent')
  const exporter = createExporter({
    url,
    headers: pairsIn(config.otelHeaders),
    resource: {
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'hearth',
      'telemetry.sdk.version': version,
      'service.version': version,
      'service.instance.id': worker === undefined ? String(process.pid) : `${process.pid}.${worker}`,
      ...pairsIn(config.otelResourceAttributes),
      'service.name': config.otelServiceName ?? pairsIn(config.otelResourceAttributes)['service.name'] ?? 'hearth',
    },
    version,
    log,
    limits,
  })
  log.info({ url }, 'traces are sent')
  const contexts = createContexts(salt, sampler ?? (() => true))
  return {
    tracer: createTracer(contexts, exporter.add),
    lines: () => {
      const { sent, dropped, waiting } = exporter.counts()
      return [
        '# HELP hearth_trace_spans_total Spans that were sent, and that were dropped because nobody took them in time.',
        '# TYPE hearth_trace_spans_total counter',
        `hearth_trace_spans_total{outcome="sent"} ${sent}`,
        `hearth_trace_spans_total{outcome="dropped"} ${dropped}`,
        '# HELP hearth_trace_spans_waiting Spans that wait to be sent.',
        '# TYPE hearth_trace_spans_waiting gauge',
        `hearth_trace_spans_waiting ${waiting}`,
        '',
      ].join('\n')
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  }
}
