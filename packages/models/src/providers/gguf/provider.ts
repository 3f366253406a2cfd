import { availableParallelism } from 'node:os'
import { ModelError } from '../../failure.ts'
import type { OpenProvider } from '../../provider.ts'
import { installedLibrary } from './library.ts'
import { localModel } from './model.ts'
import { Runner } from './runner.ts'
import { Running } from './running.ts'

/** One core is left to the server. */
const threads = Math.max(1, availableParallelism() - 1)

const running = new Running()

/** A provider has one model, and both have one name. */
export const open: OpenProvider = ({ name, file }) => {
  if (file === undefined) throw new Error('a model of a file without its file')
  const runner = new Runner({ file, library: installedLibrary, threads, running })
  return {
    headers: {},
    chat: (model) => localModel(name, model, model === name ? runner : nobody),
    list: async (signal) => {
      await runner.ready(signal)
      return [{ id: name, context: file.context }]
    },
  }
}

const nobody = {
  ask: () => {
    throw new ModelError({ type: 'unknown-model', detail: 'this provider has one model, of its own name' })
  },
}
