import { seal } from '@hearth/kernel'
import { ListeningSink, trimmedRequest, type Exchange, type Preparer, type TextJob } from '@hearth/models'
import { HearthError } from '@hearth/protocol'
import type { EffectTools } from '../../feature.ts'
import { createTermKeys } from './keys.ts'
import { settingFor, textsIn, type TextsSetting } from './setting.ts'
import { dayMs, homeOf, type Term } from './term.ts'
import { aboutText, textOf, type KeepCommand } from './text.ts'
import { Turns } from './turns.ts'

/** Texts on their way to be kept: in characters of them all, and of one tenant. */
const [mostUnderWay, mostOfTenant] = [64_000_000, 32_000_000]
/** So many are written at once: where the store is away, commands of everything else have to have room beside them. */
const mostAtOnce = 16
/** All tries together: a store that is away for longer is not waited for with what people said in memory. */
const [mostTries, againMs] = [60, 500]

/** What was said in one call. */
export interface Listening {
  /** In the place of what was asked: the answer goes through it. */
  readonly exchange: Exchange
  /** The call has ended: what was said is kept, while no client waits. Resolves when it is, or was given up; never rejects. */
  keep(at: number): Promise<void>
}

export interface TextKeeper {
  /** Null where nothing of this call is kept: it then costs a look at one document. */
  listen(exchange: Exchange): Listening | null
  readonly kept: number
  readonly lost: number
}

type Tools = Pick<EffectTools, 'decide' | 'vault' | 'references'>

export function createTextKeeper(tools: Tools, preparer: Preparer): TextKeeper {
  const { references, decide } = tools
  const keyOf = createTermKeys(tools)
  const turns = new Turns(mostAtOnce)
  const ofTenants = new Map<string, number>()
  let [kept, lost, characters] = [0, 0, 0]

  const change = (tenant: string, by: number): void => {
    characters += by
    const own = (ofTenants.get(tenant) ?? 0) + by
    if (own === 0) ofTenants.delete(tenant)
    else ofTenants.set(tenant, own)
  }

  const prepared = async (exchange: Exchange, at: number, days: number, job: TextJob): Promise<boolean> => {
    const texts = await preparer.prepare(job, exchange.asker.tenant)
    if (texts === null) return false
    const { prompt, answer } = texts
    const how = { prompts: job.prompt?.how ?? 'none', answers: job.answer?.how ?? 'none' }
    const text = `{"how":${JSON.stringify(how)},"prompt":${prompt ?? 'null'},"answer":${answer ?? 'null'}}`
    return await turns.take(() => write(exchange, at, { day: Math.floor(at / dayMs), days }, text))
  }

  /** False where it was not taken, and will not be. */
  const write = async ({ id, asker }: Exchange, asked: number, term: Term, text: string): Promise<boolean> => {
    const { tenant, home } = asker
    for (let left = mostTries; ; left -= 1)
      try {
        const sealed = seal(await keyOf(tenant, term), text, aboutText(tenant, home, id)).toString('base64')
        const command: KeepCommand = { type: 'keep', asked, term: homeOf(term), sealed }
        await decide(textOf(tenant, home, id), command, sealed.length + 500)
        return true
      } catch (error) {
        if (left === 1 || (error instanceof HearthError && !passing.test(error.code))) return false
        await new Promise((resolve) => setTimeout(resolve, againMs).unref())
      }
  }

  const keep = async (exchange: Exchange, at: number, days: number, job: TextJob): Promise<void> => {
    const size = sizeOf(exchange, job)
    const { tenant } = exchange.asker
    if (characters + size > mostUnderWay || (ofTenants.get(tenant) ?? 0) + size > mostOfTenant) {
      lost += 1
      return
    }
    change(tenant, size)
    // Nothing of why: it may hold what was said.
    const isKept = await prepared(exchange, at, days, job).catch(() => false)
    if (isKept) kept += 1
    else lost += 1
    change(tenant, -size)
  }

  return {
    get kept() {
      return kept
    },
    get lost() {
      return lost
    },
    listen: (exchange) => {
      const { asker } = exchange
      const document = textsIn((name) => references.get(asker.tenant, name))
      const setting = document === null ? null : settingFor(document, asker)
      if (document === null || setting === null) return null
      const sink = hears(setting, exchange) ? new ListeningSink(exchange.sink, exchange.protocol) : null
      return {
        exchange: sink === null ? exchange : { ...exchange, sink },
        keep: async (at) => {
          try {
            const job = jobOf(exchange, setting, sink)
            if (job !== null) await keep(exchange, at, setting.days, { ...job, patterns: document.patterns })
          } catch {
            lost += 1
          }
        },
      }
    },
  }
}

/** Of vectors there is nothing to hear, and much to be guessed from: they are never kept. Numbers of documents say nothing. */
const hears = ({ answers }: TextsSetting, { protocol }: Exchange): boolean =>
  answers !== 'none' && protocol !== 'openai-embeddings' && protocol !== 'rerank'

function jobOf(
  { json }: Exchange,
  { prompts, answers }: TextsSetting,
  sink: ListeningSink | null,
): Omit<TextJob, 'patterns'> | null {
  const heard = sink?.heard ?? null
  const prompt = prompts === 'none' ? null : { value: trimmedRequest(json), how: prompts }
  const answer = heard === null || answers === 'none' ? null : { heard, how: answers }
  return prompt === null && answer === null ? null : { prompt, answer }
}

/** About as much as is held of it until it is written. */
function sizeOf({ body }: Exchange, { prompt, answer }: TextJob): number {
  const heard = answer?.heard
  const ofAnswer = heard === undefined ? 0 : heard.type === 'whole' ? heard.body.length : mostOfSide
  return 1000 + (prompt === null ? 0 : Math.min(body.byteLength, mostOfSide)) + ofAnswer
}

/** A little more than is kept of it. */
const mostOfSide = 70_000

/** What says nothing about what was to be written. */
const passing = /^(store\.unavailable|slot\.moving|server\.|worker\.|inbox\.|bus\.)/
