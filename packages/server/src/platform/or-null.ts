/** What it comes to, or null where that takes longer or fails. */
export async function orNull<T>(answer: Promise<T>, milliseconds: number): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), milliseconds)
  try {
    return await Promise.race([answer.catch(() => null), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
