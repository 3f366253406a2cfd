import type { KeptEntry } from './kept-answer.ts'

/** An entry as one process tells it another: numbers and words alone. */
export interface SharedEntry {
  readonly tenant: string
  /** Of the setting that it was kept under; `repeats`: under none, for a call that is sent again. */
  readonly version: number | 'repeats'
  readonly key: string
  readonly kin: readonly string[]
  readonly answer: Omit<KeptEntry['answer'], 'body'> & { readonly body: string }
  readonly question: (Omit<NonNullable<KeptEntry['question']>, 'vector'> & { readonly vector: string }) | null
}

/** Of what is told of one call: more is kept where it was asked for. */
const mostShared = 256 * 1024

/** None where they are too much together. */
export function sharedOf(
  tenant: string,
  version: SharedEntry['version'],
  entries: readonly KeptEntry[],
): readonly SharedEntry[] {
  const bytes = entries.reduce((sum, { answer }) => sum + answer.body.length, 0)
  return bytes > mostShared ? [] : entries.map((entry) => toldOf(tenant, version, entry))
}

function toldOf(
  tenant: string,
  version: SharedEntry['version'],
  { key, kin, answer, question }: KeptEntry,
): SharedEntry {
  const told = question === null ? null : { ...question, vector: base64Of(question.vector) }
  return { tenant, version, key, kin, answer: { ...answer, body: answer.body.toString('base64') }, question: told }
}

export function entryOf({ key, kin, answer, question }: SharedEntry): KeptEntry {
  const heard = question === null ? null : { ...question, vector: floatsOf(question.vector) }
  return { key, kin, answer: { ...answer, body: Buffer.from(answer.body, 'base64') }, question: heard }
}

const base64Of = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')

/** A copy of its own, since floats stand at every fourth byte. Both processes are of one machine. */
function floatsOf(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer)
}
