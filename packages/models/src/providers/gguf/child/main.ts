import { constants, setPriority } from 'node:os'
import { answer } from './answer.ts'
import { openModel, type OpenModel } from './open-model.ts'
import type { FromChild, ToChild } from '../words.ts'

// The process that runs one model. What goes wrong in native code ends it, and nothing else.

const tell = (message: FromChild): void => void process.send?.(message)

/** While the native code works, an ordinary end would wait for it. */
const end = (): void => void process.kill(process.pid, 'SIGKILL')

const stopping = new Map<number, AbortController>()
let model: Promise<OpenModel> | undefined

async function open(message: Extract<ToChild, { type: 'open' }>): Promise<OpenModel> {
  const opened = await openModel(message)
  if (opened.type === 'opened') {
    tell({ type: 'ready' })
    return opened.model
  }
  tell({ type: 'unusable', failure: opened.failure })
  // The server ends it.
  return await new Promise<never>(() => undefined)
}

async function ask({ id, ask: asked }: Extract<ToChild, { type: 'ask' }>): Promise<void> {
  const stop = new AbortController()
  stopping.set(id, stop)
  try {
    if (model === undefined) throw new Error('asked before it was opened')
    for await (const said of answer(await model, asked, stop.signal)) tell({ type: 'said', id, said })
  } finally {
    stopping.delete(id)
  }
}

process.on('message', (message: ToChild) => {
  if (message.type === 'open') model = open(message)
  else if (message.type === 'stop') stopping.get(message.id)?.abort()
  else void ask(message)
})
process.on('disconnect', end)
// The server goes before: it answers others meanwhile.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
