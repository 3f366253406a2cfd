import { statfsSync } from 'node:fs'
import { advice, good, wrong } from '../check.js'
import { disksOf } from '../folders.js'

const gigabyte = 1024 ** 3

/** @param {number} bytes */
const size = (bytes) =>
  bytes < gigabyte ? `${Math.round(bytes / 1024 ** 2)} MB` : `${(bytes / gigabyte).toFixed(1)} GB`

/** @type {import('../check.js').Check} */
export const check = {
  name: 'disk',
  examine: (patient) =>
    disksOf(patient).flatMap((folder) => {
      const { bavail, blocks, bsize, ffree, files } = statfsSync(folder)
      const free = bavail * bsize
      const share = blocks === 0 ? 1 : bavail / blocks
      const why = 'PostgreSQL cannot write on a full disk: nothing more is accepted, and what is owed waits.'
      const todo =
        'Make room, or move the data folder. "hearth log.archive --days 365" moves old parts of the log to compressed files.'
      const left = `${size(free)} (${Math.round(share * 100)} %) are left on the disk of ${folder}`
      if (files > 0 && ffree / files < 0.01)
        return [wrong(`The disk of ${folder} has hardly any room for more files.`, why, 'Remove many small files.')]
      if (free < gigabyte) return [wrong(`Only ${left}.`, why, todo)]
      if (share < 0.05 && free < 20 * gigabyte) return [advice(`Only ${left}.`, why, todo)]
      return [good(`${left}.`)]
    }),
}
