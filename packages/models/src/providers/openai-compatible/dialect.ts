import type { Fetch } from '../../provider.ts'
import { createSseReader } from '../../wire/sse/reader.ts'
import { isObject } from '../failures/chain.ts'
import { wholeInProtocol, createChunks } from './chunks.ts'

/** More than any event that comes through: what is larger has ended the answer before. */
const mostOfEvent = 64 * 1_048_576

/** Puts what a server answers into the words of the protocol, where it has others. A stream is one whatever it is called. */
export const fetchInDialect =
  (fetch: Fetch, streams: boolean): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (!response.ok || response.body === null) return response
    if (streams) return answerWith(response, response.body.pipeThrough(events()))
    return answerWith(response, translated(await response.text()))
  }

function answerWith({ status, headers }: Response, body: ReadableStream<Uint8Array> | string): Response {
  const kept = new Headers(headers)
  // What they say is not true any more.
  for (const name of ['content-length', 'content-encoding']) kept.delete(name)
  return new Response(body, { status, headers: kept })
}

function translated(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? JSON.stringify(wholeInProtocol(value)) : text
  } catch {
    return text
  }
}

function events(): TransformStream<Uint8Array, Uint8Array> {
  const encoder = new TextEncoder()
  const chunks = createChunks()
  let out: TransformStreamDefaultController<Uint8Array> | undefined
  const reader = createSseReader((_event, data) => {
    for (const line of linesFor(data, chunks)) out?.enqueue(encoder.encode(`data: ${line}\n\n`))
  }, mostOfEvent)
  return new TransformStream({
    start: (controller) => void (out = controller),
    transform: (chunk) => reader.push(chunk),
  })
}

function linesFor(data: string, chunks: ReturnType<typeof createChunks>): readonly string[] {
  if (data.trim() === '[DONE]') return ['[DONE]']
  try {
    const value: unknown = JSON.parse(data)
    return isObject(value) ? chunks.inProtocol(value).map((chunk) => JSON.stringify(chunk)) : [data]
  } catch {
    // Whoever reads it says that it is garbage. A line of its own would be an event of its own.
    return [data.replaceAll('\n', ' ')]
  }
}
