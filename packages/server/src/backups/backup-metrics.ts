import type { BackupStatus } from './keeping.ts'
import type { WalStatus } from './wal/keeping.ts'

const seconds = (at: string | undefined): number => (at === undefined ? 0 : Date.parse(at) / 1000)

const walLines = ({ waiting, shipped, base }: WalStatus): readonly string[] => [
  '# HELP hearth_wal_waiting_files Files of what PostgreSQL wrote that wait to be brought away.',
  '# TYPE hearth_wal_waiting_files gauge',
  `hearth_wal_waiting_files ${waiting}`,
  '# HELP hearth_wal_shipped_timestamp_seconds When all that PostgreSQL had given was away; 0 for never.',
  '# TYPE hearth_wal_shipped_timestamp_seconds gauge',
  `hearth_wal_shipped_timestamp_seconds ${seconds(shipped ?? undefined)}`,
  '# HELP hearth_wal_base_timestamp_seconds Since when any moment can be restored from the newest copy; 0 for none.',
  '# TYPE hearth_wal_base_timestamp_seconds gauge',
  `hearth_wal_base_timestamp_seconds ${seconds(base ?? undefined)}`,
]

/** Zero where there is none yet: an alert on its age finds that too. */
export const backupLines = ({ last, failed, failures, next, running, wal }: BackupStatus): string =>
  [
    '# HELP hearth_backup_last_success_timestamp_seconds When the newest whole backup was made; 0 for none that is known.',
    '# TYPE hearth_backup_last_success_timestamp_seconds gauge',
    `hearth_backup_last_success_timestamp_seconds ${seconds(last?.at)}`,
    '# HELP hearth_backup_failed Whether the last attempt failed.',
    '# TYPE hearth_backup_failed gauge',
    `hearth_backup_failed ${Number(failed !== null)}`,
    '# HELP hearth_backup_failures_total Attempts that failed since the start.',
    '# TYPE hearth_backup_failures_total counter',
    `hearth_backup_failures_total ${failures}`,
    '# HELP hearth_backup_running Whether one is made at the moment.',
    '# TYPE hearth_backup_running gauge',
    `hearth_backup_running ${Number(running !== null)}`,
    '# HELP hearth_backup_next_timestamp_seconds When the next is due by itself; 0 where none is.',
    '# TYPE hearth_backup_next_timestamp_seconds gauge',
    `hearth_backup_next_timestamp_seconds ${seconds(next ?? undefined)}`,
    ...(wal === null ? [] : walLines(wal)),
    '',
  ].join('\n')
