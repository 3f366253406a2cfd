import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installedLibrary } from '../../../src/providers/gguf/library.ts'

const clone = join(import.meta.dirname, '../../../../..')
export const modelPath = join(clone, '.services/gemma-3-270m-q4_k_m.gguf')

const missing = existsSync(modelPath)
  ? await installedLibrary().then(
      () => null,
      (error: unknown) => String(error),
    )
  : `there is no ${modelPath}: .ci/run fetches it`
if (missing !== null && process.env['HEARTH_TEST_GGUF'] === 'must') throw new Error(missing)

/** Why tests with a real model are skipped, where they are. */
export const skip = missing ?? false
/** Of those that take a minute: what matters most of them the server's own tests show as well. */
export const skipUnlessFull =
  process.env['HEARTH_TEST_LONG'] === 'all' ? skip : 'HEARTH_TEST_LONG is not all, as .ci/full sets it'
export const library = missing === null ? await installedLibrary() : ''
