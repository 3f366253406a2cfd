import type { EffectKind } from '@hearth/kernel'
import { createRenderer, type Rendered, type RenderReply, type RenderRequest } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { Caller, EffectTools, Json } from '../feature.ts'
import { templateOf } from './actor.ts'

const renderKind = 'template-render'

/** Each is a process of some 65 MB while it is needed. */
const atOnce = 2

export function templateEffects({ beforeEnd }: Pick<EffectTools, 'beforeEnd'>): readonly EffectKind[] {
  const renderer = createRenderer()
  beforeEnd(async () => renderer[Symbol.asyncDispose]())
  return [
    {
      kind: renderKind,
      delivery: 'idempotent',
      concurrency: atOnce,
      timeoutMs: 60_000,
      backoffMs: () => null,
      run: async (_request, { handed, signal }) => ({
        type: 'done',
        value: (await renderer.ask(handed as RenderRequest, signal)) as unknown as Json,
      }),
    },
  ]
}

type Asking = Pick<Caller, 'attach' | 'principal'>
type Reply<T extends RenderRequest['type']> = Extract<
  RenderReply,
  { readonly type: { check: 'checked'; render: 'rendered'; judge: 'judged' }[T] }
>

/** In its turn among all that is rendered, tenants one after the other. Throws `templates.…`. */
export async function askRenderer<T extends RenderRequest['type']>(
  caller: Asking,
  name: string,
  request: Extract<RenderRequest, { readonly type: T }>,
): Promise<Reply<T>> {
  const ended = await caller.attach({
    kind: renderKind,
    address: templateOf(caller.principal.tenant, name),
    request: null,
    handed: request,
  })
  if (ended.type !== 'done') throw new HearthError('templates.cut', 'It could not be rendered just now.')
  const reply = ended.value as unknown as RenderReply
  if (reply.type === 'failed') throw failure(reply)
  return reply as Reply<T>
}

const codes = {
  invalid: 'templates.invalid',
  'too-much': 'templates.too-much',
  failed: 'templates.failed',
  away: 'templates.cut',
} as const

function failure({ why, detail, index }: Extract<RenderReply, { readonly type: 'failed' }>): HearthError {
  const where = index === undefined ? '' : `message ${index + 1}: `
  return new HearthError(
    codes[why],
    `The template cannot be ${why === 'invalid' ? 'read' : 'rendered'}: ${where}${detail}.`,
  )
}

export type { Rendered }
