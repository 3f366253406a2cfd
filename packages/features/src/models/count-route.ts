import {
  calledAt,
  deploymentsOf,
  estimateTokens,
  isOpen,
  matchesModel,
  readTokenCount,
  wires,
  type Deployment,
  type Policy,
} from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { Caller, ForeignRoute } from '../feature.ts'
import { allowedTo } from './allowed.ts'
import { countKind, type HandedCount } from './count-effect.ts'
import { manifests } from './manifests.ts'
import { policyDocument } from './policy.ts'
import { readPrices } from './prices.ts'
import { dialectOf, mostBytes, objectIn } from './routes.ts'
import { entriesOf } from './settings.ts'
import { namesTemplate, writtenOutFor } from '../templates/asking.ts'

/** What clients of Anthropic's protocol ask before they ask a model. The provider counts where it can; else it is an estimate that errs high. */
export const countRoute: ForeignRoute = {
  method: 'POST',
  path: '/v1/messages/count_tokens',
  summary: 'Count the tokens of a prompt, as clients of Anthropic’s messages do.',
  permission: 'models.use',
  consequence: 'send',
  mostBytes,
  idHeader: () => wires.anthropicMessages.idHeader,
  refused: (error, status, requestId) => wires.anthropicMessages.failed({ type: 'refusal', error, status }, requestId),
  answer: async (request, caller) => {
    const said = objectIn(request)
    const asked = said['model']
    const json = namesTemplate(asked) ? (await writtenOutFor(caller, 'anthropic-messages', asked, said)).json : said
    const { model, call } = await readTokenCount(json)
    const at = await countingAt(caller, model)
    const handed = at === undefined ? undefined : { ...at, json, dialect: dialectOf(request) }
    const counted = handed === undefined ? null : await countedBy(caller, handed)
    const bytes = Buffer.from(JSON.stringify({ input_tokens: counted ?? estimateTokens(call) }))
    request.sink.head(200, {
      'x-hearth-estimated': String(counted === null),
      'content-type': 'application/json',
      'content-length': String(bytes.length),
    })
    request.sink.end(bytes)
  },
}

/** The first that speaks the protocol, of those that the name may mean and that may see what whoever asks says. */
async function countingAt(
  caller: Caller,
  asked: string,
): Promise<{ readonly provider: string; readonly model: string } | undefined> {
  const policy = (caller.reference(policyDocument) ?? null) as unknown as Policy | null
  // Where the policy chooses, nobody but whom it chooses is told what is asked.
  if (isOpen({ policy }, asked)) return undefined
  const { knows } = await readPrices()
  const allowed = allowedTo(caller.principal, (name) => caller.reference(name))
  const providers = entriesOf(caller)
  let deployments: readonly Deployment[]
  try {
    deployments = deploymentsOf({ providers, policy: null }, manifests, knows, asked)
  } catch (error) {
    // An alias of the policy, or nothing: what it would be asked of is not known yet.
    if (error instanceof HearthError) return undefined
    throw error
  }
  const found = deployments.find(
    ({ entry: { name: provider, kind }, manifest, model }) =>
      manifest.speaks['anthropic-messages'] !== undefined &&
      (allowed === null || matchesModel(allowed, { provider, kind, model })),
  )
  return found === undefined ? undefined : { provider: found.entry.name, model: calledAt(found) }
}

async function countedBy(caller: Caller, asked: Omit<HandedCount, 'asker'>): Promise<number | null> {
  const { tenant, home, kind, id } = caller.principal
  const address = { tenant, home, kind: 'count', id }
  const handed: HandedCount = { asker: { tenant, home, kind, id }, ...asked }
  const ended = await caller.attach({ kind: countKind, address, request: null, handed })
  return ended.type === 'done' && typeof ended.value === 'number' ? ended.value : null
}
