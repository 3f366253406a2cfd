import { existsSync } from 'node:fs'
import { join } from 'node:path'

const clone = join(import.meta.dirname, '../../../..')
const path = join(clone, '.services/gemma-3-270m-q4_k_m.gguf')

/** A small model for tests that run one, and why they are skipped where it is not there. */
export function localModel(): { readonly path: string; readonly skip: string | false } {
  const missing = !existsSync(path)
    ? `there is no ${path}: .ci/run fetches it`
    : existsSync(join(clone, '.cache/node-llama-cpp/installed'))
      ? null
      : 'node-llama-cpp is not installed: hearth models install'
  if (missing !== null && process.env['HEARTH_TEST_GGUF'] === 'must') throw new Error(missing)
  return { path, skip: missing ?? false }
}
