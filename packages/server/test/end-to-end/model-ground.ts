import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { after, before, beforeEach } from 'node:test'
import { ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** A server with one provider, `fake`, behind it. */
interface ModelGround extends AsyncDisposable {
  readonly hearth: RunningHearth
  readonly upstream: Upstream
  openai(apiKey?: string): OpenAI
  anthropic(apiKey?: string): Anthropic
  /** The record of a call, which comes a moment after its answer. */
  recordOf(call: string | null): Promise<Record<string, unknown>>
}

/** One for all tests of a file; what was asked of its provider is forgotten before each. */
export function useModelGround(
  prepare: (ground: ModelGround) => Promise<void> = async () => {},
): Omit<ModelGround, typeof Symbol.asyncDispose> {
  let started: ModelGround
  before(async () => {
    started = await startModelGround()
    await prepare(started)
  })
  after(() => started[Symbol.asyncDispose]())
  beforeEach(() => {
    started.upstream.asked.length = 0
    started.upstream.instead = undefined
  })
  return {
    get hearth() {
      return started.hearth
    },
    get upstream() {
      return started.upstream
    },
    openai: (apiKey) => started.openai(apiKey),
    anthropic: (apiKey) => started.anthropic(apiKey),
    recordOf: (call) => started.recordOf(call),
  }
}

async function startModelGround(): Promise<ModelGround> {
  const hearth = await startHearth()
  const upstream = await startUpstream()
  const fake = { name: 'fake', kind: 'openai', baseUrl: upstream.url, key: 'sk-of-the-upstream' }
  const added = await hearth.call('providers.add', fake)
  assert.deepEqual([added.status, added.json], [200, { name: 'fake' }])
  return {
    hearth,
    upstream,
    openai: (apiKey = ownerKey) => new OpenAI({ baseURL: `${hearth.url}/v1`, apiKey, maxRetries: 0 }),
    anthropic: (apiKey = ownerKey) => new Anthropic({ baseURL: hearth.url, apiKey, maxRetries: 0 }),
    recordOf: async (call) => {
      let found: Record<string, unknown> | undefined
      await until(async () => {
        const { items } = (await hearth.call('calls.list', { limit: 20 })).json
        found = items.find(({ id }: { readonly id: string }) => id === call)
        return found !== undefined
      }, `${call} is in the ledger`)
      return found ?? {}
    },
    [Symbol.asyncDispose]: async () => {
      await hearth[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

export const hello = [{ role: 'user' as const, content: 'Say good morning to Ann.' }]

export async function failureOf(asking: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await asking
  } catch (error) {
    return error as InstanceType<typeof OpenAI.APIError>
  }
  return assert.fail('it was answered')
}
