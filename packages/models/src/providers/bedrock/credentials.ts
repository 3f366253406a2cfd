import { ModelError } from '../../failure.ts'
import type { ProviderSetting } from '../../provider.ts'

export type Credentials =
  | { readonly type: 'bearer'; readonly key: string }
  | { readonly type: 'signed'; readonly id: string; readonly secret: string; readonly token: string | undefined }

/** Ids of access keys are capital letters and digits alone, which no API key of Bedrock is. */
const accessKey = /^([A-Z0-9]{16,128}):([^:]+)(?::(.+))?$/

export function credentialsIn(key: string): Credentials {
  const [, id, secret, token] = accessKey.exec(key) ?? []
  if (id === undefined || secret === undefined) return { type: 'bearer', key }
  return { type: 'signed', id, secret, token }
}

const inHost = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./

/** The region that a request is signed for. Throws where nobody said it. */
export function regionOf({ baseUrl, options }: Pick<ProviderSetting, 'baseUrl' | 'options'>): string {
  const region = options?.['region'] ?? inHost.exec(new URL(baseUrl).hostname)?.[1]
  if (region === undefined)
    throw new ModelError({ type: 'refused', detail: 'its address names no region, and the option "region" is not set' })
  return region
}

/** Bedrock’s other services stand at addresses like that of its runtime. */
export const addressOf = (baseUrl: string, service: 'bedrock' | 'bedrock-agent-runtime'): string =>
  baseUrl.replace(/\/\/((?:[\w-]+\.)*)bedrock-runtime((?:-fips)?\.)/, `//$1${service}$2`)
