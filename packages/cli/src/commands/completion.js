import { readCommand } from '../arguments.js'
import { keepOperations, recallOperations } from '../client/cache.js'
import { fieldsOf } from '../client/fields.js'
import { listOperations } from '../client/operations.js'
import { dataFolder, serverToCall } from '../client/server.js'
import { commands, findCommand } from '../commands.js'
import { CommandError, say, usage } from '../errors.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Operation } from '../client/operations.js' */

/** Each asks this command at every Tab; what it completes with is a copy, so no server is asked. */
const scripts = {
  bash: `# hearth completion for bash: source <(hearth completion bash)
_hearth() {
  local IFS=$'\\n' line="\${COMP_LINE:0:COMP_POINT}"
  local -a words
  IFS=$' \\t' read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  COMPREPLY=($("\${words[0]}" complete bash -- "\${words[@]:1}" 2>/dev/null))
  # Readline takes a colon for the end of a word.
  local word="\${words[\${#words[@]}-1]}"
  if [[ "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    local head="\${word%"\${word##*:}"}" at
    for at in "\${!COMPREPLY[@]}"; do COMPREPLY[$at]="\${COMPREPLY[$at]#"$head"}"; done
  fi
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default 2>/dev/null
}
complete -F _hearth hearth
`,
  zsh: `#compdef hearth
# hearth completion for zsh: source <(hearth completion zsh)
_hearth() {
  local -a found
  found=("\${(@f)$("\${words[1]}" complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then _describe hearth found; else _files; fi
}
if (( $+functions[compdef] )); then compdef _hearth hearth; fi
`,
  fish: `# hearth completion for fish: hearth completion fish | source
function __hearth_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] complete fish -- $words[2..-1] 2>/dev/null
end
complete -c hearth -f -n 'test -n "$(__hearth_complete)"' -a '(__hearth_complete)'
`,
}

/** @param {string} name @returns {name is keyof typeof scripts} */
const isShell = (name) => Object.hasOwn(scripts, name)

/**
 * Prints the script for a shell, and keeps a copy of what the server offers for it.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function completion(words, options, env) {
  const { rest } = readCommand(words, options, { values: ['url', 'data'], most: 1 })
  const [shell = ''] = rest
  if (!isShell(shell)) throw usage('For which shell? bash, zsh or fish.')
  const place = options.url ?? dataFolder(options, env)
  try {
    const operations = await listOperations(serverToCall(options, env), 1)
    if (operations !== undefined) keepOperations(place, operations, env)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    if (recallOperations(place, env) === undefined)
      say('no server answers: operations are completed once this has been run beside a running one')
  }
  process.stdout.write(scripts[shell])
}

/** @typedef {{ word: string, text: string }} Candidate */

const ownOptions = ['--json', '--data', '--url', '--key', '--input', '--help']
const globalOptions = [...ownOptions, '--version'].map((word) => ({ word, text: '' }))

/**
 * What may stand at the last of the words, one a line, as the shell wants it.
 * @param {readonly string[]} words the shell, "--", and the command line without its first word, up to where it is completed
 * @param {NodeJS.ProcessEnv} env
 */
export function complete([shell = '', , ...words], env) {
  const last = words.at(-1) ?? ''
  const fits = candidates(words.slice(0, -1), env).filter(({ word }) => word.startsWith(last))
  process.stdout.write(fits.map((candidate) => `${written(shell, candidate)}\n`).join(''))
}

/** @param {string} shell @param {Candidate} candidate */
function written(shell, { word, text }) {
  if (text === '' || shell === 'bash') return word
  return shell === 'zsh' ? `${word.replaceAll(':', '\\:')}:${text}` : `${word}\t${text}`
}

/**
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} env
 * @returns {Candidate[]}
 */
function candidates(words, env) {
  const { name, rest, options } = commandOf(words)
  const operations = recallOperations(options.url ?? dataFolder(options, env), env) ?? []
  if (name === undefined) {
    const own = commands.map((command) => ({ word: command.name, text: command.summary }))
    return [...own, ...operations.map(asCandidate), ...globalOptions]
  }
  if (name === 'help') {
    const all = [...commands.map((command) => command.name), 'operations'].map((word) => ({ word, text: '' }))
    return rest.length > 0 ? [] : [...all, ...operations.map(asCandidate)]
  }
  if (name === 'completion') return Object.keys(scripts).map((word) => ({ word, text: '' }))
  const command = findCommand(name)
  if (command !== undefined) {
    const [, value] = lastOption(command.options ?? [], rest.at(-1))
    if (value !== undefined) return valueCandidates(value, operations)
    return [
      ...(command.options ?? []).map(([option, text]) => ({ word: option.split(' ')[0] ?? '', text })),
      ...globalOptions,
    ]
  }
  const operation = operations.find((known) => known.name === name)
  return operation === undefined ? globalOptions : fieldCandidates(operation, rest.at(-1))
}

/** @param {Operation} operation @returns {Candidate} */
const asCandidate = ({ name, summary = '' }) => ({ word: name, text: summary })

/**
 * @param {readonly (readonly [string, string])[]} options
 * @param {string | undefined} word
 */
function lastOption(options, word) {
  return options.map(([option]) => option.split(' ')).find(([name]) => name === word) ?? []
}

/** @param {string} value @param {readonly Operation[]} operations */
function valueCandidates(value, operations) {
  if (value === 'OPERATION') return operations.map(asCandidate)
  if (value === 'FORMAT') return ['jsonl', 'ics'].map((word) => ({ word, text: '' }))
  return []
}

/**
 * @param {Operation} operation
 * @param {string | undefined} before
 * @returns {Candidate[]}
 */
function fieldCandidates({ input, output, watchable }, before) {
  const fields = fieldsOf(input) ?? new Map()
  const field = before?.startsWith('--') === true ? fields.get(before.slice(2)) : undefined
  if (Array.isArray(field?.enum))
    return field.enum.map((/** @type {unknown} */ value) => ({ word: String(value), text: '' }))
  if (field !== undefined && field.type !== 'boolean') return []
  const own = [
    ...ownOptions,
    ...(output?.properties?.['items'] === undefined ? [] : ['--all']),
    ...(watchable === true ? ['--watch'] : []),
  ]
  const words = [...fields].map(([name, { description = '' }]) => ({ word: `--${name}`, text: description }))
  return [...words, ...own.filter((word) => !fields.has(word.slice(2))).map((word) => ({ word, text: '' }))]
}

/**
 * The command of a line that is still being written.
 * @param {readonly string[]} words
 * @returns {{ name: string | undefined, rest: readonly string[], options: OwnOptions }}
 */
function commandOf(words) {
  /** @type {OwnOptions} */
  const options = { json: false, help: false, version: false }
  for (const [at, word] of words.entries()) {
    const before = words[at - 1]
    if (before === '--data' || before === '--url') options[before === '--data' ? 'data' : 'url'] = word
  }
  const at = words.findIndex(
    (word, index) => !word.startsWith('-') && !/^--(data|url|key|input)$/.test(words[index - 1] ?? ''),
  )
  return { name: at === -1 ? undefined : words[at], rest: at === -1 ? [] : words.slice(at + 1), options }
}
