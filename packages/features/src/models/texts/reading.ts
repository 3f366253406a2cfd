import { open } from '@hearth/kernel'
import type { Address, Json } from '@hearth/protocol'
import type { Caller } from '../../feature.ts'
import { keyIn } from './keys.ts'
import { aboutKey, dayMs, termsView } from './term.ts'
import { aboutText, isKept, textOf } from './text.ts'

export interface ReadTexts {
  readonly prompts: 'none' | 'redacted' | 'whole'
  readonly answers: 'none' | 'redacted' | 'whole'
  readonly prompt: Json
  readonly answer: Json
  /** In ms since 1970: they are gone by then. */
  readonly until: number
}

type Reading = Pick<Caller, 'read' | 'vault'>

/** `none`: nothing was kept, or not yet; `gone`: it was, and its key is destroyed. */
export async function textsOf(
  caller: Reading,
  tenant: string,
  home: string,
  call: string,
): Promise<ReadTexts | 'none' | 'gone'> {
  const [found] = await caller.read.history({ tenant, actor: textOf(tenant, home, call), limit: 1 })
  if (found === undefined) return 'none'
  return isKept(found.event) ? ((await opened(caller, found.address, found.event)) ?? 'gone') : 'gone'
}

/** Null where its days are over, or somebody has removed it before. */
export async function opened(
  { read, vault }: Reading,
  { tenant, home, id }: Address,
  { term, sealed }: { readonly term: string; readonly sealed: string },
): Promise<ReadTexts | null> {
  const [row] = await read.rows(termsView, { tenant, home: term, limit: 1 })
  if (row === undefined) return null
  const key = keyIn(vault, String(row['sealed']), aboutKey(tenant, term))
  let text: string
  try {
    text = open(key, Buffer.from(sealed, 'base64'), aboutText(tenant, home, id)).toString('utf8')
  } catch {
    // Of the same day and sealed before what was kept of it was removed: another key has taken the place of that one.
    return null
  }
  const { how, prompt, answer } = JSON.parse(text) as Pick<ReadTexts, 'prompt' | 'answer'> & {
    readonly how: Pick<ReadTexts, 'prompts' | 'answers'>
  }
  return { ...how, prompt, answer, until: (Number(row['day']) + Number(row['days']) + 1) * dayMs }
}
