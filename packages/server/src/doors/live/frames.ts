import { HearthError, type Json } from '@hearth/protocol'
import * as z from 'zod'
import { parseJson } from '../rest/body.ts'

export type FrameId = string | number

const id = z.union([z.string().min(1).max(100), z.int()])
const name = z.string().max(200)
const input = z.unknown().optional()

const frame = z.union([
  z.strictObject({ id, call: name, input, key: z.string().optional(), after: z.string().max(2000).optional() }),
  z.strictObject({ id, watch: name, input, from: z.string().max(100).optional() }),
  z.strictObject({ id, stop: z.literal(true) }),
])

export type Frame = z.infer<typeof frame>

/** A frame that cannot be understood, with its id where it has one. */
export class BadFrame extends HearthError {
  readonly id: FrameId | null

  constructor(badId: FrameId | null, error: HearthError) {
    super(error.code, error.message, { cause: error })
    this.id = badId
  }
}

export function readFrame(bytes: Buffer): Frame {
  let value: unknown
  try {
    value = parseJson(bytes, 'application/json')
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    throw new BadFrame(null, error)
  }
  const parsed = frame.safeParse(value)
  if (parsed.success) return parsed.data
  const given = id.safeParse((value as { readonly id?: unknown } | null)?.id)
  throw new BadFrame(
    given.success ? given.data : null,
    new HearthError(
      'live.frame-malformed',
      'A frame is { id, call, input, key? }, { id, watch, input, from? } or { id, stop: true }.',
    ),
  )
}

/** `body` is JSON already: it is written once for all who get it. */
export const written = (to: FrameId | null, member: string, body: string, position?: string): string =>
  `{"id":${JSON.stringify(to)},"${member}":${body}${position === undefined ? '' : `,"position":${JSON.stringify(position)}`}}`

export const json = (value: Json | object): string => JSON.stringify(value)
