import { HearthError } from '@hearth/protocol'

/** What a database says that answers in time; null where it does not. Other failures are thrown. */
export async function orNull<T>(question: Promise<T>, patienceMs: number): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(late.resolve, patienceMs, null)
  try {
    return await Promise.race([question, late.promise])
  } catch (error) {
    if (error instanceof HearthError && error.code === 'store.unavailable') return null
    throw error
  } finally {
    clearTimeout(timer)
  }
}
