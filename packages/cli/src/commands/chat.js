import { createInterface } from 'node:readline/promises'
import { readCommand } from '../arguments.js'
import { serverToCall } from '../client/server.js'
import { eventsOf } from '../client/streaming.js'
import { CommandError, usage } from '../errors.js'
import { plain } from '../plain.js'
import { bold, dim, screenOf } from '../terminal/screen.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Server } from '../client/server.js' */

/** @typedef {{ role: 'system' | 'user' | 'assistant', content: string }} Message */

const longest = 1_000_000

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function chat(words, options, env) {
  const { values, rest } = readCommand(words, options, { values: ['model', 'system', 'data', 'url'], most: 100 })
  const server = serverToCall(options, env)
  const model = values.get('model') ?? 'demo'
  const system = values.get('system')
  /** @type {Message[]} */
  const messages = system === undefined ? [] : [{ role: 'system', content: system }]
  const said = rest.join(' ').trim()
  if (said !== '') return await once(server, model, [...messages, { role: 'user', content: said }], options)
  if (process.stdin.isTTY && !options.json) return await converse(server, model, messages, env)
  const text = await readInput()
  if (text.trim() === '') throw usage('Say something: hearth chat --model demo "Hello", or pipe it in.')
  return await once(server, model, [...messages, { role: 'user', content: text }], options)
}

async function readInput() {
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin) {
    text += chunk
    if (text.length > longest) throw new CommandError('cli.input', `The input has more than ${longest} characters.`)
  }
  return text
}

/** @param {Server} server @param {string} model @param {Message[]} messages @param {OwnOptions} options */
async function once(server, model, messages, options) {
  const ending = interrupted()
  const tell = options.json
    ? (/** @type {string} */ delta) => void process.stdout.write(`${JSON.stringify({ delta })}\n`)
    : (/** @type {string} */ delta) => void process.stdout.write(readable(delta))
  let answer
  try {
    answer = await answerOf(server, model, messages, tell, ending.signal)
  } catch (error) {
    if (!ending.signal.aborted) throw error
    throw new CommandError('cli.interrupted', 'The answer was ended.', 130)
  } finally {
    ending.stop()
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ text: answer.text, model, ...answer.facts })}\n`)
  else process.stdout.write('\n')
}

/** @param {Server} server @param {string} model @param {Message[]} messages @param {NodeJS.ProcessEnv} env */
async function converse(server, model, messages, env) {
  const screen = screenOf(process.stdout, env)
  process.stderr.write(
    `${dim(`Talking to ${model}. An empty line or Ctrl-D ends it, Ctrl-C ends an answer.`, screen)}\n`,
  )
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    for (;;) {
      const said = await lines.question(bold('> ', screen)).catch(() => '')
      if (said.trim() === '') return
      messages.push({ role: 'user', content: said })
      const ending = new AbortController()
      const stop = () => ending.abort()
      lines.once('SIGINT', stop)
      const answer = await turn(server, model, messages, ending.signal)
      lines.off('SIGINT', stop)
      if (answer === null) messages.pop()
      else messages.push({ role: 'assistant', content: answer.text })
      const { costUsd, call } = answer?.facts ?? {}
      process.stdout.write(
        `\n${dim([plain(call ?? ''), costUsd && `${plain(costUsd)} USD`].filter(Boolean).join('  '), screen)}\n`,
      )
    }
  } finally {
    lines.close()
  }
}

/**
 * Null where it failed or was ended: the conversation goes on all the same.
 * @param {Server} server @param {string} model @param {Message[]} messages @param {AbortSignal} signal
 */
async function turn(server, model, messages, signal) {
  try {
    return await answerOf(server, model, messages, (delta) => void process.stdout.write(readable(delta)), signal)
  } catch (error) {
    if (signal.aborted) return null
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`${error.message}\n`)
    return null
  }
}

/**
 * @param {Server} server
 * @param {string} model
 * @param {readonly Message[]} messages
 * @param {(delta: string) => void} tell
 * @param {AbortSignal} signal
 */
async function answerOf(server, model, messages, tell, signal) {
  const asked = { model, messages, stream: true, stream_options: { include_usage: true } }
  const events = eventsOf(server, '/v1/chat/completions', asked, signal)
  let text = ''
  let ended = false
  /** @type {any} */
  let usage = null
  for (;;) {
    const { done, value } = await events.next()
    if (done) {
      if (!ended) throw new CommandError('models.lost', 'The answer broke off.')
      return { text, facts: factsOf(value, usage) }
    }
    if (value === '[DONE]') {
      ended = true
      continue
    }
    const chunk = parsed(value)
    if (chunk.error)
      throw new CommandError(String(chunk.error.code ?? 'models.failed'), plain(String(chunk.error.message)))
    usage = chunk.usage ?? usage
    const delta = chunk.choices?.[0]?.delta?.content
    if (typeof delta !== 'string' || delta === '') continue
    text += delta
    tell(delta)
  }
}

/** @param {{ trailers: NodeJS.Dict<string>, headers: import('node:http').IncomingHttpHeaders }} end @param {any} usage */
function factsOf({ trailers, headers }, usage) {
  const costUsd = trailers['x-hearth-cost-usd']
  return {
    call: String(headers['x-hearth-call'] ?? ''),
    provider: String(headers['x-hearth-provider'] ?? ''),
    ...(usage === null ? {} : { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens }),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError('models.garbage', 'What came is not what the protocol says.')
  }
}

/** A model must not move the cursor, or turn the reading direction, any more than anybody else from outside. */
const readable = (/** @type {string} */ text) =>
  text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')

function interrupted() {
  const ending = new AbortController()
  const stop = () => ending.abort()
  process.once('SIGINT', stop)
  return { signal: ending.signal, stop: () => void process.off('SIGINT', stop) }
}
