import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Micro } from '../variant.ts'

/** Microseconds by name; null for what could not be measured. */
export type Micros = Readonly<Record<string, number | null>>

/** In a process of its own: what ran before shapes what a compiler makes of the next. */
export async function runMicro({ name, module }: Micro, words: readonly string[]): Promise<Micros> {
  const child = fork(fileURLToPath(module), [...words], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit').then(([code]): never => {
    throw new Error(`${name} ended with ${String(code)} before its result`)
  })
  try {
    const [micros] = (await Promise.race([once(child, 'message'), exited])) as [Micros]
    return micros
  } finally {
    exited.catch(() => undefined)
    child.kill()
  }
}
