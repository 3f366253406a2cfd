import { statfsSync } from 'node:fs'
import { advice, good, unknown, wrong } from '../check.js'
import { disksOf, mountOf, mounts } from '../folders.js'

/** As /proc/mounts names them. Of those through FUSE the ones that are known to lead over a network. */
const overNetwork =
  /^(nfs\d?|cifs|smb\d?|smbfs|ncpfs|9p|afs|ceph|lustre|gpfs|beegfs|glusterfs|davfs|ocfs2|gfs2|fuse\.(sshfs|glusterfs|ceph.*|s3fs|s3ql|rclone|gcsfuse|blobfuse.*|davfs2?|mfs|juicefs|vmhgfs-fuse|curlftpfs))$/

/** The numbers of statfs(2) on Linux, for a mount that is not listed. @type {ReadonlyMap<number, string>} */
const magic = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xfe534d42, 'smb2'],
  [0xff534d42, 'cifs'],
  [0x01021997, '9p'],
  [0x00c36400, 'ceph'],
  [0x5346414f, 'afs'],
  [0x0bd00bd0, 'lustre'],
  [0x47504653, 'gpfs'],
])

/**
 * @param {string} folder
 * @param {readonly import('../folders.js').Mount[]} all
 */
export function kindOf(folder, all) {
  const mount = mountOf(folder, all)
  const byNumber = process.platform === 'linux' ? magic.get(statfsSync(folder).type >>> 0) : undefined
  const type = mount?.type ?? byNumber
  return {
    type,
    source: mount?.source ?? '',
    isRemote: byNumber !== undefined || (type !== undefined && overNetwork.test(type)),
  }
}

/** @type {import('../check.js').Check} */
export const check = {
  name: 'file-system',
  examine: (patient) =>
    disksOf(patient).flatMap((folder) => {
      const { type, source, isRemote } = kindOf(folder, mounts())
      if (type === undefined) return [unknown(`The system does not tell on what ${folder} lies.`)]
      if (isRemote)
        return [
          wrong(
            `${folder} lies on a network file system (${type}, ${source}).`,
            'Locks and syncs may not hold there: two servers could run on one folder, and what was acknowledged could be lost.',
            'Move the data folder to a disk of this machine, or keep the data in a PostgreSQL of yours (DATABASE_URL).',
          ),
        ]
      if (type === 'tmpfs' || type === 'ramfs')
        return [
          advice(
            `${folder} lies in memory (${type}).`,
            'All of it is gone when the machine restarts.',
            'For anything but a trial, name a folder on a disk with --data or HEARTH_DATA.',
          ),
        ]
      return [good(`${folder} lies on a file system of this machine (${type}).`)]
    }),
}
