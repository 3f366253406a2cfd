import { hear } from './answers/hearing.ts'
import { Said } from './answers/said.ts'
import { mostBytes, mostCharacters } from './bounds.ts'
import { sizeOf } from './media.ts'
import { findOwn, type OwnPattern } from './redaction/own-patterns.ts'
import { Redaction } from './redaction/redact.ts'
import { redactTree } from './redaction/tree.ts'
import type { Heard } from './listening-sink.ts'
import type { KeptTexts, TextJob, TextKeeping } from './words.ts'

/** Makes of what was said what is kept of it. */
export function createPreparing(): (job: TextJob) => KeptTexts {
  let known: { readonly patterns: string; readonly redaction: Redaction } | undefined
  const redactionOf = (patterns: readonly OwnPattern[]): Redaction => {
    const name = JSON.stringify(patterns)
    if (known?.patterns !== name) known = { patterns: name, redaction: new Redaction(patterns.map(findOwn)) }
    return known.redaction
  }
  return ({ prompt, answer, patterns }) => {
    const kept = (value: unknown, how: TextKeeping): string =>
      bounded(how === 'whole' ? value : redactTree(value, redactionOf(patterns)))
    return {
      prompt: prompt === null ? null : kept(prompt.value, prompt.how),
      answer: answer === null ? null : kept(answerOf(answer.heard), answer.how),
    }
  }
}

function answerOf(heard: Heard): unknown {
  if (heard.type === 'parts') return { parts: heard.parts }
  if (heard.type === 'too-long') return { parts: [{ type: 'cut', text: `[cut: ${sizeOf(heard.bytes)}]` }] }
  const said = new Said()
  hear(said, heard.protocol, heard.body)
  return { parts: said.parts() }
}

/** What is more in bytes than in characters, as of other scripts, or was let through to be looked at whole, is cut text by text. */
function bounded(value: unknown): string {
  let json = JSON.stringify(value) ?? 'null'
  for (let most = mostCharacters; Buffer.byteLength(json) > mostBytes && most > 16; most >>= 1)
    json = JSON.stringify(shortened(value, { left: most })) ?? 'null'
  return Buffer.byteLength(json) > mostBytes ? JSON.stringify('[cut: too many parts]') : json
}

function shortened(value: unknown, room: { left: number }): unknown {
  if (typeof value === 'string') {
    const length = Math.max(0, Math.min(value.length, room.left))
    room.left -= value.length
    if (length === value.length || value.startsWith('[cut: ')) return value
    // Not in the middle of a mark, which would no longer be one.
    const open = value.lastIndexOf('[', length)
    const end = open !== -1 && length - open < 40 && !value.slice(open, length).includes(']') ? open : length
    return `${value.slice(0, end).toWellFormed()}[cut: ${sizeOf(value.length - end)} more]`
  }
  if (Array.isArray(value)) {
    // The last that was said counts most.
    const kept = value.toReversed().map((one) => shortened(one, room))
    return kept.reverse()
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one, room)]))
}
