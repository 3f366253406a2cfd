import { hash } from 'node:crypto'
import type { Tokens } from '../gateway/record.ts'
import type { ProviderEntry } from '../gateway/setting.ts'
import type { ProtocolName } from '../provider.ts'

/** An answer as it went out: in the client’s protocol, whole or as a stream. */
export interface KeptAnswer {
  readonly form: 'whole' | 'stream'
  readonly protocol: ProtocolName
  readonly body: Buffer
  /** Who answered: given again only to who may ask that one, as it is now. */
  readonly provider: string
  readonly place: string
  readonly model: string
  readonly tokens: Tokens | null
  readonly costUsd: string | null
  /** In ms since 1970. */
  readonly until: number
  /** Whose question it was, and when it was asked: whoever is forgotten is forgotten here too. */
  readonly home: string
  readonly asked: number
  /** Of the request, where what it is kept by is not made of that. */
  readonly print?: string
}

/** What is kept of an answer to a question, to be found by others that mean the same. */
export interface KeptQuestion {
  readonly group: string
  readonly marks: string
  /** The model that made the vector. */
  readonly model: string
  readonly vector: Float32Array
}

export interface KeptEntry {
  readonly key: string
  /** By which it is found too where it is asked for in another form. */
  readonly kin: readonly string[]
  readonly answer: KeptAnswer
  readonly question: KeptQuestion | null
}

/** About what the objects around it take. */
const ofEntry = 600
const ofKin = 150

export const bytesOf = ({ key, kin, answer, question }: KeptEntry): number =>
  ofEntry +
  key.length +
  kin.length * ofKin +
  answer.body.length +
  (question === null ? 0 : question.vector.byteLength + question.marks.length * 2)

/** Of what is given again without a look at where it came from. */
export const placeless = ''

const known = new WeakMap<ProviderEntry, string>()

/** Where a provider is: one that was put in the place of another under its name is another. */
export function placeOf(entry: ProviderEntry): string {
  const found = known.get(entry)
  if (found !== undefined) return found
  const { name, kind, baseUrl, file, options } = entry
  const place = hash('sha256', JSON.stringify([name, kind, baseUrl, file, options]), 'base64url')
  known.set(entry, place)
  return place
}
