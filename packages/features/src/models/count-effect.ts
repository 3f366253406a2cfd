import type { EffectKind } from '@hearth/kernel'
import { fetchOver, type Gateway, type Network, type Settings } from '@hearth/models'
import { manifests } from './manifests.ts'

export const countKind = 'token-count'

/** What whoever attaches a count hands to it. */
export interface HandedCount {
  /** By name: its keys are known here alone. */
  readonly provider: string
  readonly model: string
  readonly json: Readonly<Record<string, unknown>>
  readonly dialect: Readonly<Record<string, string>>
}

const longestMs = 15_000
/** `{"input_tokens": 123}` */
const mostBytes = 10_000

interface CountTools {
  readonly gateway: Pick<Gateway, 'opening'>
  readonly settings: (tenant: string) => Settings
  readonly network: Network
}

/** Asks a provider of Anthropic's protocol how many tokens a prompt has, which costs nothing there. Null where it does not say. */
export const tokenCount = ({ gateway, settings, network }: CountTools): EffectKind => ({
  kind: countKind,
  delivery: 'idempotent',
  concurrency: 64,
  timeoutMs: longestMs,
  backoffMs: () => null,
  run: async (_request, { handed, signal, address: { tenant } }) => {
    const { provider: wanted, model, json, dialect } = handed as HandedCount
    const entry = settings(tenant).providers.find(({ name }) => name === wanted)
    const manifest = manifests.get(entry?.kind ?? '')
    const path = manifest?.speaks['anthropic-messages']
    if (entry === undefined || manifest === undefined || path === undefined) return { type: 'done', value: null }
    try {
      const { provider, baseUrl } = await gateway.opening.open({ entry, manifest }, entry.keys[0])
      const limits = { allowPrivate: entry.allowPrivate, headWithinMs: longestMs, idleMs: longestMs }
      const answer = await fetchOver(network, limits)(`${baseUrl}${path}/count_tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...provider.headers, ...dialect },
        body: JSON.stringify({ ...json, model }),
        signal,
      })
      return { type: 'done', value: answer.status === 200 ? countIn(await textOf(answer)) : null }
    } catch {
      return { type: 'done', value: null }
    }
  },
})

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > mostBytes) throw new Error('it says more than how many there are')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function countIn(text: string): number | null {
  const { input_tokens: count } = JSON.parse(text) as { readonly input_tokens?: unknown }
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null
}
