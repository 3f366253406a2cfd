import { failureOfAnswer } from '../../failure-of.ts'
import { ModelError } from '../../failure.ts'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import type { Ranked, RankedDocument, RankingCall, RankingModel } from '../../ranking.ts'
import { isObject } from '../failures/chain.ts'
import { looksLikeError, saidIn } from '../failures/said.ts'
import { asked } from './asked.ts'

type Fields = Readonly<Record<string, unknown>>

/** How a provider is asked which documents answer a question, and how its answer is read. */
export interface RankingForm {
  readonly url: string
  readonly body: (call: RankingCall) => Fields
  /** A result of its list. */
  readonly result: (entry: Fields) => { readonly index: unknown; readonly score: unknown }
  readonly list: (answer: Fields) => unknown
  readonly counts: (answer: Fields, call: RankingCall) => { readonly tokens?: unknown; readonly searches?: unknown }
}

export interface Ranking {
  readonly setting: ProviderSetting
  readonly headers: Readonly<Record<string, string>>
  readonly form: RankingForm
  /** What lies between this and the network. */
  readonly over?: (fetch: Fetch) => Fetch
}

/** A model that ranks, with its failures as `ModelError`, and results that are of the documents that were given. */
export function rankingOver({ setting, headers, form, over = (fetch) => fetch }: Ranking): RankingModel {
  return {
    rank: async (call) => {
      const { guard, failed } = asked(setting, call.signal, [call.query, call.documents], false)
      try {
        const response = await over(guard.fetch)(form.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
          body: JSON.stringify(form.body(call)),
        })
        const answer = await answerIn(response, setting.key, call)
        return rankedIn(form, answer, call)
      } catch (error) {
        throw failed(error)
      }
    },
  }
}

async function answerIn(response: Response, key: string | undefined, call: RankingCall): Promise<Fields> {
  const body = await response.text()
  const { status } = response
  const refused = (): ModelError => {
    const headers = Object.fromEntries(response.headers)
    return new ModelError(failureOfAnswer({ status, headers, body, key, request: [call.query, call.documents] }))
  }
  if (!response.ok) throw refused()
  const answer = jsonIn(body)
  if (looksLikeError(answer) && saidIn(answer).message !== undefined && !isList(answer)) throw refused()
  return answer
}

const isList = (answer: Fields): boolean => Array.isArray(answer['results']) || Array.isArray(answer['data'])

function jsonIn(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body)
    if (isObject(value)) return Array.isArray(value) ? { results: value } : value
  } catch {
    throw garbage('its answer is not JSON')
  }
  throw garbage('its answer is not what the protocol says')
}

const garbage = (detail: string): ModelError => new ModelError({ type: 'garbage', detail })

function rankedIn(form: RankingForm, answer: Fields, call: RankingCall): Ranked {
  const { documents, top = documents.length } = call
  const list = form.list(answer)
  if (!Array.isArray(list)) throw garbage('its answer is not what the protocol says')
  const ranking = (list as readonly unknown[]).map((entry): RankedDocument => {
    const { index, score } = isObject(entry) ? form.result(entry) : { index: undefined, score: undefined }
    const isOne = Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < documents.length
    if (!isOne || typeof score !== 'number') throw garbage('its results are not of the documents that it was given')
    return { index: index as number, score }
  })
  const isTwice = new Set(ranking.map(({ index }) => index)).size !== ranking.length
  if (isTwice || (ranking.length === 0 && documents.length > 0))
    throw garbage('its results are not of the documents that it was given')
  const { tokens, searches } = form.counts(answer, call)
  return {
    ranking: ranking.toSorted((one, other) => other.score - one.score).slice(0, top),
    ...(isCount(tokens) ? { tokens } : {}),
    ...(isCount(searches) ? { searches } : {}),
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
