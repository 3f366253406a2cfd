import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface Page extends AsyncDisposable {
  go(url: string): Promise<void>
  /** What an async function's body gives in the page. */
  evaluate(body: string): Promise<unknown>
}

/** A real browser, where this machine has one. */
export function chromiumHere(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const programs = folders.flatMap((folder) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
  )
  return programs.find((program) => {
    try {
      accessSync(program, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

// oxlint-disable-next-line typescript/no-explicit-any -- the browser's own protocol, of any shape
type Answer = any

/** Speaks the browser's own protocol, so that no library is needed. */
async function connect(url: string) {
  const socket = new WebSocket(url)
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>()
  const listeners = new Map<string, () => void>()
  let last = 0
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const { id, result, error, method } = JSON.parse(data)
    listeners.get(method)?.()
    if (error === undefined) waiting.get(id)?.resolve(result)
    else waiting.get(id)?.reject(new Error(error.message))
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return {
    when: (method: string) => new Promise<void>((resolve) => listeners.set(method, resolve)),
    send: (method: string, params: object = {}, sessionId?: string) =>
      new Promise<Answer>((resolve, reject) => {
        last += 1
        waiting.set(last, { resolve, reject })
        socket.send(JSON.stringify({ id: last, method, params, ...(sessionId === undefined ? {} : { sessionId }) }))
      }),
  }
}

export async function openPage(program: string): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), 'hearth-chromium-'))
  const words = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run']
  const child = spawn(program, [...words, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk
      const [, found] = /DevTools listening on (\S+)/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the browser ended: ${said}`)))
  })
  const browser = await connect(url)
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true })
  const send = (method: string, params?: object) => browser.send(method, params, sessionId)
  await send('Page.enable')
  // The pages of the server allow no script but their own.
  await send('Page.setBypassCSP', { enabled: true })
  return {
    go: async (to) => {
      const loaded = browser.when('Page.loadEventFired')
      await send('Page.navigate', { url: to })
      await loaded
    },
    evaluate: async (body) => {
      const expression = `(async () => { ${body} })()`
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails.exception))
      return result.value
    },
    [Symbol.asyncDispose]: async () => {
      await browser.send('Browser.close')
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
