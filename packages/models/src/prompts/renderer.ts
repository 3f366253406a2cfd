import { fork, type ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RenderFailure, RenderReply, RenderRequest } from './rendering.ts'

export interface Renderer extends AsyncDisposable {
  /** Each in a process of its own, one of which is kept for the next. Never rejects. */
  ask(request: RenderRequest, signal: AbortSignal): Promise<RenderReply>
}

export interface RendererLimits {
  /** From the moment that its process is ready. It ends what takes long by itself, sooner than that. */
  readonly withinMs: number
  /** A process that nobody needs ends. */
  readonly idleMs: number
}

const usual: RendererLimits = { withinMs: 8_000, idleMs: 30_000 }
const readyWithinMs = 20_000

/**
 * Renders texts that may be anybody's. A worker thread would not do: one allocation that is too large for its heap ends the whole process,
 * the server with it (decision 36).
 */
export function createRenderer(limits: Partial<RendererLimits> = {}): Renderer {
  const { withinMs, idleMs } = { ...usual, ...limits }
  const idle: { readonly child: ChildProcess; readonly timer: NodeJS.Timeout }[] = []
  const all = new Set<ChildProcess>()

  const begin = async (signal: AbortSignal): Promise<ChildProcess | RenderFailure> => {
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      clearTimeout(kept.timer)
      if (!kept.child.connected) continue
      awaited(kept.child, true)
      return kept.child
    }
    const child = start()
    if (child.pid === undefined) return unavailable
    all.add(child)
    child.once('exit', () => all.delete(child))
    const first = await next(child, readyWithinMs, signal)
    return first === 'ended' || first === 'late' ? unavailable : child
  }
  const keep = (child: ChildProcess): void => {
    const timer = setTimeout(() => child.kill('SIGKILL'), idleMs).unref()
    idle.push({ child, timer })
    awaited(child, false)
  }
  return {
    ask: async (request, signal) => {
      const child = await begin(signal)
      if ('type' in child) return child
      const reply = next(child, withinMs, signal)
      child.send(request, () => undefined)
      const said = await reply
      if (said === 'late') return tooLong
      if (said === 'ended') return tooLarge
      keep(child)
      return said as RenderReply
    },
    [Symbol.asyncDispose]: async () => {
      for (const { timer } of idle.splice(0)) clearTimeout(timer)
      await Promise.all([...all].map(ended))
    },
  }
}

const tooLong: RenderFailure = { type: 'failed', why: 'too-much', detail: 'it takes too long' }
const tooLarge: RenderFailure = { type: 'failed', why: 'too-much', detail: 'it takes too much memory' }
const unavailable: RenderFailure = { type: 'failed', why: 'away', detail: 'no process could be started for it' }

/** The next message; a process that does not send it is ended. */
function next(child: ChildProcess, withinMs: number, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    const end = (how: unknown): void => {
      clearTimeout(timer)
      child.off('message', end).off('exit', left).off('error', left)
      signal.removeEventListener('abort', late)
      if (how === 'late') child.kill('SIGKILL')
      resolve(how)
    }
    const left = (): void => end('ended')
    const late = (): void => end('late')
    const timer = setTimeout(late, withinMs)
    child.once('message', end).once('exit', left).once('error', left)
    signal.addEventListener('abort', late, { once: true })
    if (signal.aborted) late()
  })
}

/** Whether this process has something to live for while the other one does. */
function awaited(child: ChildProcess, is: boolean): void {
  if (is) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  awaited(child, true)
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** It may read its own code and nothing else, and has no environment; what a text could make of it has nothing to take. */
function start(): ChildProcess {
  const readable = [join(import.meta.dirname, '../..'), packageOf('@huggingface/jinja'), packageOf('zod')]
  const child = fork(join(import.meta.dirname, 'process.ts'), [], {
    execArgv: [
      '--permission',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      '--max-old-space-size=96',
      '--no-warnings',
    ],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
  })
  // Whoever asks it hears of that too, and nobody else has to.
  child.on('error', () => undefined)
  return child
}

/** The folder of a package, wherever it was installed. */
function packageOf(name: string): string {
  const path = fileURLToPath(import.meta.resolve(name))
  let folder = dirname(path)
  while (!folder.endsWith(join('node_modules', name)) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
