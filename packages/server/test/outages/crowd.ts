import { connect, type Socket } from 'node:net'

/** More than the postmaster serves at once, whatever its limit is here. */
const size = 120

export interface Crowd extends AsyncDisposable {
  readonly size: number
}

/** Callers who say nothing and never leave: whoever is turned away comes again at once, until disposed. */
export function gather(path: string): Crowd {
  const callers = new Set<Socket>()
  let open = true
  const call = (): void => {
    const socket = connect(path)
    callers.add(socket)
    socket
      .on('error', () => undefined)
      .resume()
      .on('close', () => {
        callers.delete(socket)
        if (open) setTimeout(call, 10)
      })
  }
  for (let calls = 0; calls < size; calls += 1) call()
  return {
    get size() {
      return callers.size
    },
    [Symbol.asyncDispose]: async () => {
      open = false
      for (const socket of callers) socket.destroy()
      while (callers.size > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    },
  }
}
