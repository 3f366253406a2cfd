// The figures behind these are in docs/decisions.
const tuning: Readonly<Record<string, string>> = {
  shared_buffers: '128MB',
  max_wal_size: '384MB',
  checkpoint_timeout: '5min',
  max_worker_processes: '4',
  // Helper processes that stay for ever cost more memory here than they win.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  wal_level: 'minimal',
  checkpoint_warning: '0',
  log_checkpoints: 'off',
  jit: 'off',
}

/** On the command line, where no file can change them. */
const promises: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  restart_after_crash: 'on',
  logging_collector: 'off',
  log_destination: 'stderr',
  // Statements and details of errors hold what people wrote.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

export const port = 5432

/** What PostgreSQL has written goes to this folder, a file of 16 MB after another, each at the latest a minute after its first change. */
const archiving = (spool: string): Readonly<Record<string, string>> => ({
  wal_level: 'replica',
  archive_mode: 'on',
  archive_library: 'basic_archive',
  'basic_archive.archive_directory': spool,
  archive_timeout: '60s',
})

export interface ConfigurationOptions {
  /** What the owner wrote into `local.conf` beside it: it has the last word on everything but the promises. */
  readonly own: string
  readonly workers: number
  /** Of PostgreSQL: one of before does not know what came later. */
  readonly major: number
  readonly spool?: string | undefined
}

const since: Readonly<Record<string, number>> = { io_method: 18 }

export const configurationFile = ({ own, workers, major, spool }: ConfigurationOptions): string =>
  [
    '# Written at every start. Put settings of your own into local.conf beside this file.',
    `max_connections = ${workers === 1 ? 40 : 40 + 10 * workers}`,
    ...Object.entries({ ...tuning, ...(spool === undefined ? {} : archiving(spool)) })
      .filter(([name]) => major >= (since[name] ?? 0))
      .map(([name, value]) => `${name} = '${value}'`),
    own,
    '',
  ].join('\n')

export const serverArguments = (paths: { data: string; socket: string; configuration: string }): readonly string[] => [
  '-D',
  paths.data,
  ...Object.entries({
    config_file: paths.configuration,
    unix_socket_directories: paths.socket,
    port: String(port),
    ...promises,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
]
