import { openConnection } from '../load/connection.ts'

const atOnce = 64

/** Sends requests again as they were, each until it is answered with a 2xx, and says how many were. */
export async function repeat(port: number, requests: readonly string[]): Promise<number> {
  const left = [...requests]
  let acknowledged = 0
  const work = async (): Promise<void> => {
    for (let request = left.pop(); request !== undefined; request = left.pop()) {
      await sendOnce(port, request)
      acknowledged += 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, work))
  return acknowledged
}

async function sendOnce(port: number, request: string): Promise<void> {
  const answered = Promise.withResolvers<number>()
  const connection = await openConnection('127.0.0.1', port, {
    onResponse: ({ status }) => answered.resolve(status),
    onBroken: (reason) => answered.reject(new Error(reason)),
  })
  connection.send(request)
  try {
    const status = await answered.promise
    if (status >= 300) throw new Error(`A message that was repeated under its key got ${status}.`)
  } finally {
    connection.close()
  }
}
