import type { Fetch, ListedModel, ProviderSetting } from '../../provider.ts'
import { listed, modelWith } from '../asking/listing.ts'
import { isObject } from '../failures/chain.ts'
import { addressOf } from './credentials.ts'

/** Its models, and behind them the profiles by which those are called that stand in several regions. */
export function listModels(
  setting: ProviderSetting,
  identified: (fetch: Fetch) => Fetch,
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const address = addressOf(setting.baseUrl, 'bedrock')
  const profiles = `${address}/inference-profiles?maxResults=1000`
  return listed({
    setting,
    headers: {},
    signal,
    over: identified,
    url: `${address}/foundation-models`,
    page: (body) => {
      const { modelSummaries, inferenceProfileSummaries, nextToken: token } = isObject(body) ? body : {}
      if (modelSummaries !== undefined) return { entries: modelSummaries, next: profiles }
      const goesOn = typeof token === 'string' && token !== ''
      return {
        entries: inferenceProfileSummaries,
        next: goesOn ? `${profiles}&nextToken=${encodeURIComponent(token)}` : undefined,
      }
    },
    model: ({ modelId, inferenceProfileId, inferenceTypesSupported: types }) =>
      isObject(types) && Array.isArray(types) && !types.includes('ON_DEMAND')
        ? null
        : modelWith(inferenceProfileId ?? modelId),
  })
}
