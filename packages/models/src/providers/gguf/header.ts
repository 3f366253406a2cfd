import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { InspectedFile } from '../../provider.ts'
import { fileTypes } from './file-types.ts'
import { HeaderReader, Unreadable, type Value } from './header-reader.ts'
import { endOfWeights } from './weights.ts'

/** More than any model has: vocabularies are lists of some hundred thousand. */
const mostEntries = 65_536

/** What the head of a GGUF file says of its model. Never rejects for what the file is or holds. */
export async function inspectGguf(path: string): Promise<InspectedFile> {
  try {
    // A pipe would be waited for, and a device asked.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const found = await file.stat()
    if (!found.isFile()) return unusable('it is no file')
    const reader = new HeaderReader(file, found.size)
    const { tensors, entries } = await entriesOf(reader)
    const facts = factsOf(entries, found.size)
    if (facts.type === 'unusable') return facts
    const end = await endOfWeights(reader, tensors, entries.get('general.alignment'))
    return end > found.size ? unusable('it ends in the middle: it was not copied whole') : facts
  } catch (error) {
    if (error instanceof Unreadable) return unusable(error.message)
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return unusable('there is no such file')
    if (code === 'EACCES' || code === 'EPERM') return unusable('the server may not read it')
    if (typeof code === 'string') return unusable(`it cannot be read (${code})`)
    throw error
  }
}

const unusable = (reason: string): InspectedFile => ({ type: 'unusable', reason })

interface Head {
  readonly tensors: number
  readonly entries: ReadonlyMap<string, Value>
}

async function entriesOf(reader: HeaderReader): Promise<Head> {
  if ((await reader.bytes(4)).toString('latin1') !== 'GGUF') throw new Unreadable('it is no GGUF file')
  const version = await reader.number('uint32')
  if (version !== 2 && version !== 3) throw new Unreadable('it is a GGUF file of a version that nobody here knows')
  const tensors = await reader.number('uint64')
  const count = await reader.number('uint64')
  if (tensors === 0) throw new Unreadable('it holds no weights')
  if (count > mostEntries) throw new Unreadable('its head is damaged')
  const entries = new Map<string, Value>()
  for (let at = 0; at < count; at += 1) {
    const key = await reader.text()
    const value = await reader.value()
    if (value !== undefined) entries.set(key, value)
  }
  return { tensors, entries }
}

function factsOf(entries: ReadonlyMap<string, Value>, size: number): InspectedFile {
  const architecture = entries.get('general.architecture')
  if (typeof architecture !== 'string' || !/^[\w.-]{1,64}$/.test(architecture))
    return unusable('it does not say of which architecture its model is')
  if (entries.get('general.type') !== undefined && entries.get('general.type') !== 'model')
    return unusable('it holds a part of a model and no model')
  if (Number(entries.get('split.count') ?? 1) > 1) return unusable('it is one of several files that make a model')
  const context = entries.get(`${architecture}.context_length`)
  if (typeof context !== 'number' || !Number.isSafeInteger(context) || context < 1)
    return unusable('it does not say how many tokens its model takes')
  const type = entries.get('general.file_type')
  const quantization = typeof type === 'number' ? (fileTypes[type] ?? `type ${type}`) : 'unknown'
  return { type: 'model', size, architecture, context, quantization, chats: chats(entries, architecture) }
}

/** Models that embed or rank say how they pool what they have read. */
const chats = (entries: ReadonlyMap<string, Value>, architecture: string): boolean =>
  Number(entries.get(`${architecture}.pooling_type`) ?? 0) === 0 && !/bert/.test(architecture)
