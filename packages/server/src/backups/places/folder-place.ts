import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { HearthError } from '@hearth/protocol'
import { makeFolder } from '../../platform/data-folder.ts'
import type { Place } from './place.ts'

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

export function folderPlace(folder: string): Place {
  const pathOf = (file: string): string => join(folder, ...file.split('/'))
  const begin = async (): Promise<void> => {
    try {
      makeFolder(folder)
      if ((await readdir(folder)).length > 0)
        throw new HearthError('backup.folder-used', `${folder} is not empty: a backup takes a folder of its own.`)
    } catch (error) {
      if (error instanceof HearthError) throw error
      throw new HearthError('backup.folder-unusable', `${folder} cannot be made or written to.`, { cause: error })
    }
  }
  const filesBelow = async (): Promise<readonly string[]> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noneIfAbsent)
    return entries
      .filter((entry) => entry.isFile())
      .filter(({ name }) => !name.endsWith('.part'))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
  }
  return {
    name: folder,
    within: (name) => folderPlace(join(folder, name)),
    begin,
    put: async (file, content, signal) => {
      const path = pathOf(file)
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        // What was cut short lies under another name.
        const part = `${path}.part`
        await pipeline(content, createWriteStream(part, { mode: 0o600, flush: true }), { signal })
        await rename(part, path)
      } catch (error) {
        throw unusable(folder, error)
      }
    },
    get: async (file) => {
      const opened = await open(pathOf(file), 'r').catch((error: unknown) => {
        if (isAbsent(error)) return null
        throw unusable(folder, error)
      })
      return opened?.createReadStream() ?? null
    },
    list: filesBelow,
    folders: async () => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(noneIfAbsent)
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    },
    remove: async (file) => {
      await rm(pathOf(file), { force: true })
      await sync(folder).catch(() => undefined)
    },
    clear: async () => {
      for (const entry of await readdir(folder).catch(() => []))
        await rm(join(folder, entry), { recursive: true, force: true })
      // A folder that something is mounted on stays.
      await rmdir(folder).catch(() => undefined)
    },
    settle: async () => {
      const folders = new Set((await filesBelow()).map((file) => dirname(pathOf(file))))
      for (const each of [...folders, folder]) await sync(each)
    },
  }
}

function noneIfAbsent(error: unknown): [] {
  if (isAbsent(error)) return []
  throw error
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOTDIR', 'ENOENT', 'EEXIST', 'EISDIR'])

function unusable(folder: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  if (error instanceof HearthError || !full.has(code)) return error
  return new HearthError('backup.folder-unusable', `${folder} cannot be used (${code}).`, { cause: error })
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
