import { formatInstant, HearthError } from '@hearth/protocol'
import { wires, type WireForm } from '@hearth/models'
import type { Caller, ForeignRequest, ForeignRoute } from '../feature.ts'
import { templateNames } from '../templates/reading.ts'
import { modelsOf } from './listing.ts'

/** Anthropic's clients say which version of its protocol they speak. */
const formFor = (headers: ForeignRequest['headers']): WireForm =>
  headers['anthropic-version'] === undefined ? wires.openaiChat : wires.anthropicMessages

const common: Pick<ForeignRoute, 'method' | 'permission' | 'consequence' | 'mostBytes' | 'idHeader' | 'refused'> = {
  method: 'GET',
  permission: 'models.use',
  consequence: 'read',
  mostBytes: 0,
  idHeader: (headers) => formFor(headers).idHeader,
  refused: (error, status, requestId, headers) =>
    formFor(headers).failed({ type: 'refusal', error, status }, requestId),
}

/** What OpenAI's clients and Anthropic's read, each of them the fields that it knows. */
async function toldModels(caller: Caller) {
  const created = 0
  const made = (await templateNames(caller)).map((name) => ({ id: `template:${name}`, provider: 'hearth' }))
  return [...(await modelsOf(caller)), ...made].map(({ id, provider }) => ({
    id,
    object: 'model',
    type: 'model',
    display_name: id,
    created,
    created_at: formatInstant(created),
    owned_by: provider,
  }))
}

function answer({ sink }: ForeignRequest, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  sink.head(200, { 'content-type': 'application/json', 'content-length': String(bytes.length) })
  sink.end(bytes)
}

const list: ForeignRoute = {
  ...common,
  path: '/v1/models',
  summary: 'The models that can be called, as clients of OpenAI and of Anthropic list them.',
  refusesBelow: '/v1/',
  answer: async (request, caller) => {
    const data = await toldModels(caller)
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    answer(request, { object: 'list', data, has_more: false, first_id: first, last_id: last })
  },
}

const one: ForeignRoute = {
  ...common,
  // A model's name has its provider's before a slash, and may have more of them: some clients send those as they are.
  path: '/v1/models/*',
  summary: 'One of them, by its name.',
  answer: async (request, caller) => {
    const named = request.fields['*'] ?? ''
    const found = (await toldModels(caller)).find(({ id }) => id === named)
    if (found === undefined)
      throw new HearthError(
        'models.unknown',
        `There is no model ${JSON.stringify(named.slice(0, 300))}: GET /v1/models lists those that can be called.`,
      )
    answer(request, found)
  },
}

export const listingRoutes: readonly ForeignRoute[] = [list, one]
