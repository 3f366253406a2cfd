export { ListeningSink } from './listening-sink.ts'
export { createPreparer, type Preparer } from './preparer.ts'
export type { OwnPattern } from './redaction/own-patterns.ts'
export { trimmedRequest } from './trimmed.ts'
export type * from './words.ts'

/** What is wrong with a pattern, before anybody's texts are looked through with it; null where nothing is. */
export async function faultOf(pattern: string): Promise<string | null> {
  const { findOwn } = await import('./redaction/own-patterns.ts')
  try {
    findOwn({ name: '', pattern })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
