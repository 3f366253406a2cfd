import { Course, type Boundary } from './course.ts'
import { endOf, type End } from './end.ts'
import { beginning, type Flow, type Step, type Told } from './flow.ts'
import { createFlowClock } from './flow-clock.ts'
import { realPause, startServer, type Ground, type Server } from './server.ts'
import type { Stage } from './stage.ts'

export interface Played {
  readonly course: Course
  readonly end: End
}

interface Playing extends Ground {
  readonly answers: Map<string, unknown>
  readonly heard: Map<string, string>
  /** Where the time stands that the steps so far let pass. */
  until: number
}

/** Plays a flow to its end, through a stop at the boundary given: then everything is opened again, and the client repeats itself. */
export async function play(stage: Stage, flow: Flow, stop: Boundary | null): Promise<Played> {
  const course = new Course(stop)
  const playing: Playing = {
    stage,
    course,
    tenant: await stage.tenant(),
    clock: createFlowClock(beginning),
    asksAnswerFrom: beginning + (flow.asksTakeUntil ?? 0),
    diskIsFullUntil: beginning + (flow.diskIsFullUntil ?? 0),
    lanes: flow.lanes ?? 1,
    answers: new Map(),
    heard: new Map(),
    until: beginning,
  }
  let server: Server | null = null
  for (const step of [...flow.steps, { type: 'pass', ms: 0 } as const]) {
    const until = playing.until + ('ms' in step ? step.ms : 0)
    for (let done = false; !done;) {
      server ??= await startServer(playing)
      done = server.mortal.dead ? false : await take(playing, server, step, until)
      if (done && step.type !== 'away') continue
      await server.close()
      server = null
    }
    playing.until = until
    if (step.type === 'away') playing.clock.moveTo(until)
  }
  await server?.close()
  return { course, end: await endOf(playing) }
}

/** Whether the step was done before the process stopped. */
async function take(playing: Playing, server: Server, step: Step, until: number): Promise<boolean> {
  switch (step.type) {
    case 'away':
      return true
    case 'pass':
      return passUntil(playing, server, until)
    default: {
      const { stage, tenant, answers } = playing
      const told: Told = { answers, outside: (way) => stage.outside.address(tenant, way) }
      const answer = await Promise.race([server.call(step, told).catch(() => null), server.mortal.ended])
      if (server.mortal.dead) return false
      if (answer == null || answer.status >= 500) throw new Error(`${step.name}: ${answer?.body ?? 'no answer'}`)
      answers.set(step.name, JSON.parse(answer.body))
      const heard = `${answer.status} ${answer.body}`
      if ((playing.heard.get(step.name) ?? heard) !== heard)
        playing.course.faults.push(`${step.name} was answered twice: ${playing.heard.get(step.name)}, then ${heard}`)
      playing.heard.set(step.name, heard)
      return passUntil(playing, server, playing.clock.now())
    }
  }
}

/** Goes from one due time to the next, and does all that is due at each. */
async function passUntil(playing: Playing, server: Server, until: number): Promise<boolean> {
  const { clock, asksAnswerFrom } = playing
  for (;;) {
    const dues = await quiet(playing, server)
    if (dues === null) return false
    const next = [...dues, ...(server.held.size > 0 ? [asksAnswerFrom] : [])].toSorted((a, b) => a - b)[0]
    if (next === undefined || next > until) {
      if (clock.now() >= until) return true
      clock.moveTo(until)
    } else clock.moveTo(next)
  }
}

/** Waits until nothing that is due is left; the due times of the rest, or null where the process has stopped. */
async function quiet({ stage, tenant, clock }: Playing, { mortal, held }: Server): Promise<readonly number[] | null> {
  for (let tries = 0; tries < 3000; tries += 1) {
    const owed = await stage.reader.effects({ tenant, state: 'owed', limit: 500 })
    if (mortal.dead) return null
    const due = owed.filter((effect) => effect.due <= clock.now() && !held.has(effect.kind))
    if (due.length === 0 && mortal.appending === 0)
      return owed.map((effect) => effect.due).filter((each) => each > clock.now())
    await Promise.race([realPause(tries < 20 ? 1 : 10), mortal.ended])
  }
  throw new Error('what is due is never done')
}
