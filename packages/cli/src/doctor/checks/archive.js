import { good, unknown, wrong } from '../check.js'

/** @type {import('../check.js').Check} */
export const check = {
  name: 'archive',
  examine: ({ status, data }) => {
    if (status === undefined) return [unknown('Whether files of the archive are missing only a running server tells.')]
    const { files = 0, unreadable = 0 } = status.archive ?? {}
    if (unreadable === 0)
      return [good(files === 0 ? 'Nothing is archived.' : `${files} files, none of which was missed.`)]
    return [
      wrong(
        `${unreadable} files of the archive were needed, and are missing or damaged.`,
        'Actors whose past lies there cannot be read; commands to them wait.',
        `Put the files back from a backup (${data}/archive), then: hearth log.checkArchive, which says which they are and wakes what waits.`,
      ),
    ]
  },
}
