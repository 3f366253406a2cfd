import { allows, HearthError, schema } from '@hearth/protocol'
import { realpath } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { ofFiles } from './manifests.ts'
import { name } from './providers.ts'
import { registryOf } from './registry.ts'

/** Without a word about it: what most conversations fit into. More takes more memory, from the first call on. */
const usualContext = 8192

const context = z.int().min(256).max(10_000_000)

export const add = operation({
  name: 'models.add',
  type: 'command',
  summary:
    'Add a model that runs here, from a file of the machine of the server, as a provider with this one model. For the owner, and for keys with the scope files.local.',
  input: z.strictObject({
    name,
    /** A GGUF file, by its whole path. It stays where it is. */
    file: schema.text({ max: 4096 }),
    /** Tokens of prompt and answer together; 8192 when absent, or what the model was made for where that is less. */
    context: context.optional(),
  }),
  output: z.object({ name: z.string(), architecture: z.string(), quantization: z.string(), context: z.int() }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/models' },
  examples: [{ title: 'One', input: { name: 'gemma', file: '/srv/models/gemma-3-270m-q4_k_m.gguf' } }],
  command: async (input, caller) => {
    const { principal } = caller
    // Before it is looked at: whether a file is there is nobody's business either.
    if (!allows(principal, 'files.local'))
      throw new HearthError(
        'models.file-refused',
        'Files of this machine are for its owner, and for keys with the scope files.local.',
      )
    if (!isAbsolute(input.file)) throw invalid('file', 'must be the whole path of a file')
    const { kind, path, found } = await inspected(input.file)
    if (input.context !== undefined && input.context > found.context)
      throw invalid('context', `must not be more than the ${found.context} tokens that the model was made for`)
    const provider = {
      name: input.name,
      kind,
      baseUrl: null,
      keys: [],
      allowPrivate: false,
      models: [input.name],
      file: {
        path,
        size: found.size,
        context: input.context ?? Math.min(found.context, usualContext),
        architecture: found.architecture,
        quantization: found.quantization,
      },
    }
    return { address: registryOf(principal.tenant), command: { type: 'add', provider } }
  },
})

/** The first kind that can do something with it. */
async function inspected(file: string) {
  // A link may lead elsewhere tomorrow.
  const path = await realpath(file).catch(() => file)
  let reason = 'nothing here runs files'
  for (const { kind, inspect } of ofFiles) {
    const found = await inspect?.(path)
    if (found?.type === 'model' && found.chats) return { kind, path, found }
    if (found !== undefined) reason = found.type === 'unusable' ? found.reason : 'its model embeds and does not chat'
  }
  throw new HearthError('models.file-unusable', `This file cannot be used: ${reason}.`)
}
