/** @import { OwnOptions } from './arguments.js' */

/**
 * A command that is no operation. What it needs is loaded when it runs: most of the time of a short command is loading.
 * @typedef {object} Command
 * @property {string} name
 * @property {string} usage what may follow the name
 * @property {string} summary
 * @property {readonly (readonly [string, string])[]} [options] each with what it does, as in "--to FOLDER"
 * @property {(words: readonly string[], options: OwnOptions, env: NodeJS.ProcessEnv) => Promise<number | void>} run
 */

const where = /** @type {const} */ (['--data DIR', 'the data folder of the server'])

/** @type {readonly Command[]} */
export const commands = [
  {
    name: 'start',
    usage: '[--port N] [--host H] [--data DIR] [--log LEVEL] [--config FILE]',
    summary: 'run the server here until it is stopped',
    options: [
      ['--port N', 'where to listen, by default 4600; 0 takes any free one'],
      ['--host H', 'the address to listen at, by default 127.0.0.1'],
      where,
      ['--log LEVEL', 'how much is logged, by default info'],
      ['--config FILE', 'a JSON file with settings: docs/reference/configuration.md names them'],
    ],
    run: async (words, options, env) => {
      const { start } = await import('./commands/start.js')
      return await start([...(options.data === undefined ? [] : ['--data', options.data]), ...words], env)
    },
  },
  {
    name: 'stop',
    usage: '',
    summary: 'stop the server of the data folder and wait until it is gone',
    options: [where],
    run: async (words, options, env) => await (await import('./commands/stop.js')).stop(words, options, env),
  },
  {
    name: 'status',
    usage: '[--json]',
    summary: 'what the server holds, owes and uses',
    options: [where],
    run: async (words, options, env) => await (await import('./commands/status.js')).status(words, options, env),
  },
  {
    name: 'doctor',
    usage: '[--json]',
    summary: 'find what is wrong here, say why it matters and what to do; needs no server',
    options: [where, ['--port N', 'the port that the server is to have, where it does not run']],
    run: async (words, options, env) => await (await import('./commands/doctor.js')).doctor(words, options, env),
  },
  {
    name: 'verify',
    usage: '[--checkpoint FILE] [--save FILE]',
    summary: 'follow the chain of the whole log, compare every view with it, read every file of the archive',
    options: [
      ['--checkpoint FILE', 'a signed checkpoint of before, which must still hold'],
      ['--save FILE', 'write the new signed checkpoint there'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/verify.js')).verify(words, options, env),
  },
  {
    name: 'replay',
    usage: 'ACTOR [--to MOMENT]',
    summary: 'what happened to an actor, event by event, and what each changed',
    options: [['--to MOMENT', 'up to an instant or a position; otherwise to the end'], where],
    run: async (words, options, env) => await (await import('./commands/history.js')).replay(words, options, env),
  },
  {
    name: 'diff',
    usage: 'ACTOR [FROM [TO]]',
    summary: 'what an actor knew at two moments: instants or positions; from the beginning, to now',
    options: [where],
    run: async (words, options, env) => await (await import('./commands/history.js')).diff(words, options, env),
  },
  {
    name: 'fork',
    usage: 'ACTOR [--at MOMENT] --call OPERATION [--input JSON]…',
    summary: 'what commands would have led to at a moment; nothing is kept and nothing is run',
    options: [
      ['--at MOMENT', 'an instant or a position; otherwise now'],
      ['--call OPERATION', 'an operation to call in the fork; may be repeated'],
      ['--input JSON', 'the input of the call before it'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/history.js')).fork(words, options, env),
  },
  {
    name: 'export',
    usage: '[--person P] [--to FOLDER | -] [--format jsonl | ics]',
    summary: 'write everything of a home to open files: JSON lines, and reminders as iCalendar',
    options: [
      ['--person P', 'whose home; otherwise your own'],
      ['--to FOLDER', 'where the files go, by default hearth-export; - is standard output'],
      ['--format FORMAT', 'jsonl or ics; a folder gets both'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/export.js')).exportHome(words, options, env),
  },
  {
    name: 'import',
    usage: 'FILE | FOLDER | - [--person P] [--format jsonl | ics]',
    summary: 'set the reminders of an export, or of another program’s calendar; twice changes nothing more',
    options: [
      ['--person P', 'into whose home; otherwise your own'],
      ['--format FORMAT', 'jsonl or ics, where the name of the file does not say'],
      ['--zone ZONE', 'of times in a calendar that have none; otherwise your own'],
      ['--dry-run', 'only say what would be set'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/import.js')).importFile(words, options, env),
  },
  {
    name: 'backup',
    usage: '[list | drill] [--to DIR | s3://BUCKET/PREFIX]',
    summary: 'copy everything, sealed, while the server goes on (not the master key); list, or try one out',
    options: [
      ['--to PLACE', 'a folder or s3://BUCKET/PREFIX with nothing in it; otherwise where backups usually go'],
      ['list', 'the whole backups where they usually go'],
      ['drill', 'restore one into a scratch folder and compare; no server is needed'],
      ['--from PLACE', 'of a drill: which backup, otherwise the newest'],
      ['--scratch DIR', 'of a drill: where its scratch folder is made'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/backup.js')).backup(words, options, env),
  },
  {
    name: 'restore',
    usage: '--from DIR | s3://BUCKET/PREFIX [--at INSTANT | --archive] [--data DIR]',
    summary: 'fill a data folder that has no database from a backup',
    options: [
      ['--from PLACE', 'the backup: a folder or s3://BUCKET/PREFIX'],
      [
        '--at INSTANT',
        'what there was then, or at the end, where HEARTH_WAL_ARCHIVE was on; --from is where backups go',
      ],
      ['--archive', 'only put back files of the archive that are gone or damaged; a server may run'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/backup.js')).restore(words, options, env),
  },
  {
    name: 'migrate',
    usage: '[--check | --postgres FOLDER]',
    summary:
      'bring the database to the form that this version wants, as a start does; --check only says what would run',
    options: [
      ['--check', 'change nothing; exit code 1 when something would run'],
      ['--postgres FOLDER', 'bring a database over that an older PostgreSQL made; the folder has its binaries'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/migrate.js')).migrate(words, options, env),
  },
  {
    name: 'chat',
    usage: '[--model M] [--system TEXT] [WORDS…]',
    summary: 'talk to a model: one message, what is piped in, or a conversation on a terminal',
    options: [
      ['--model M', 'as models.list names it, by default demo'],
      ['--system TEXT', 'what it is told first'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/chat.js')).chat(words, options, env),
  },
  {
    name: 'models',
    usage:
      '[list [PROVIDER] | test PROVIDER | explain CALL | declare PROVIDER/MODEL … | refresh [PROVIDER] | simulate --policy FILE | add FILE | install]',
    summary:
      'the models that can be called; whether a provider is reached and takes its key; why a call went where it went; a GGUF file as a model that runs here',
    options: [
      ['declare', 'say what a model costs, holds and can: it counts before what is known of it'],
      ['--context N', 'declare: tokens of prompt and answer together'],
      ['--output N', 'declare: tokens of the answer'],
      ['--input-usd D', 'declare: dollars for a million tokens of the prompt'],
      ['--output-usd D', 'declare: and of the answer'],
      ['--cached-usd D', 'declare: and of what is read from its cache of prompts'],
      ['--can A,B,no-C', 'declare: of tools, schema, json, images, audio, video, pdf, reasoning, logprobs, streaming'],
      ['--regions A,B', 'declare: where it runs'],
      ['--data-policy P', 'declare: no-training, zero-retention or own'],
      ['--version V', 'declare: of a model of your own'],
      ['--id ID', 'declare: what the provider knows that version by'],
      ['--state S', 'declare: trial, promoted or retired'],
      ['--note TEXT', 'declare: why'],
      ['refresh', 'ask one provider, or each, for its models, and keep what it says'],
      ['simulate', 'what the calls of the last day would have cost, and where they would have gone'],
      ['--policy FILE', 'simulate: under this policy, as JSON'],
      ['--since TIME', 'simulate: the calls from then on'],
      ['--name NAME', 'add: what the model of a file is called; otherwise as its file'],
      [
        '--context N',
        'add: tokens that it takes, prompt and answer together; otherwise 8192, or fewer where it was made for fewer',
      ],
      ['install', 'only what runs local models, as add does where it is not there'],
      where,
    ],
    run: async (words, options, env) => await (await import('./commands/models.js')).models(words, options, env),
  },
  {
    name: 'completion',
    usage: 'bash | zsh | fish',
    summary: 'print a script that completes commands, operations and their fields: source <(hearth completion bash)',
    run: async (words, options, env) =>
      await (await import('./commands/completion.js')).completion(words, options, env),
  },
  {
    name: 'help',
    usage: '[COMMAND | OPERATION | operations]',
    summary: 'this, what a command takes, the fields of an operation, or all operations of the server',
    run: async (words, options, env) => await (await import('./commands/help.js')).printHelp(words, options, env),
  },
]

/** @param {string} name */
export const findCommand = (name) => commands.find((command) => command.name === name)
