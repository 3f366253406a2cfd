import type { ChatCall, ChatMessage } from '../language.ts'
import { boundTextTokens, type TokenBounds } from './text-tokens.ts'

/** What providers put around messages and tools. Anthropic's instructions for tools, about 350 tokens, are the longest known. */
const ofCall = 10
const ofMessage = 5
const ofTools = 350
const ofTool = 16

/**
 * What is not text counts by a fixed amount. `each`: Anthropic scales an image to at most 1,600 tokens, others to fewer, whatever
 * its size. `perByte`: a page of a PDF is at most 3,000 tokens, and taken for 25 kB, so that scanned ones count too much and pages of
 * bare text too little; a second of sound, 32 at Google, is 8 kB at the least of common qualities; a second of film, 300 at
 * Google, 60 kB. Where its length is not known, it counts as `unknown`.
 */
const files = {
  image: { each: 1600, perByte: 0, unknown: 1600 },
  pdf: { each: 3000, perByte: 3000 / 25_000, unknown: 30_000 },
  audio: { each: 100, perByte: 32 / 8000, unknown: 10_000 },
  video: { each: 300, perByte: 300 / 60_000, unknown: 30_000 },
  other: { each: 100, perByte: 1 / 2, unknown: 10_000 },
} as const

export type FileKind = keyof typeof files
type FileCost = (typeof files)[FileKind]

export function fileKindOf(mediaType: string): FileKind {
  if (mediaType === 'application/pdf') return 'pdf'
  const [top] = mediaType.split('/', 1)
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'other'
}

/** How many tokens the prompt of a call is at most; what this is worth is said at `estimateTextTokens`. */
export const estimateTokens = (call: ChatCall): number => boundTokens(call).most

/** Files and what is put around the texts count nothing at the least. */
export function boundTokens({ prompt, tools = [], responseFormat }: ChatCall): TokenBounds {
  const tally = createTally()
  tally.fixed(ofCall)
  for (const message of prompt) {
    tally.fixed(ofMessage)
    addMessage(message, tally)
  }
  if (tools.length > 0) tally.fixed(ofTools)
  for (const tool of tools) {
    tally.fixed(ofTool)
    tally.json(tool)
  }
  if (responseFormat?.type === 'json') tally.json(responseFormat)
  return tally.read()
}

interface Tally {
  text(text: string): void
  json(value: unknown): void
  fixed(tokens: number): void
  read(): TokenBounds
}

function createTally(): Tally {
  let least = 0
  let most = 0
  const text = (piece: string): void => {
    const bounds = boundTextTokens(piece)
    least += bounds.least
    most += bounds.most
  }
  return {
    text,
    json: (value) => text(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')),
    fixed: (tokens) => {
      most += tokens
    },
    read: () => ({ least, most }),
  }
}

type Part = Exclude<ChatMessage['content'], string>[number]
type ToolOutput = Extract<Part, { type: 'tool-result' }>['output']

function addMessage({ content }: ChatMessage, tally: Tally): void {
  if (typeof content === 'string') tally.text(content)
  else for (const part of content) addPart(part, tally)
}

function addPart(part: Part, tally: Tally): void {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      tally.text(part.text)
      break
    case 'file':
    case 'reasoning-file':
      addFile(part, tally)
      break
    case 'tool-call':
      tally.fixed(ofTool)
      tally.text(part.toolName)
      tally.json(part.input)
      break
    case 'tool-result':
      tally.fixed(ofTool)
      tally.text(part.toolName)
      addOutput(part.output, tally)
      break
    default:
      tally.json(part)
  }
}

function addOutput(output: ToolOutput, tally: Tally): void {
  switch (output.type) {
    case 'text':
    case 'error-text':
      tally.text(output.value)
      break
    case 'content':
      for (const part of output.value) {
        if (part.type === 'text') tally.text(part.text)
        else if (part.type === 'file') addFile(part, tally)
        else tally.json(part)
      }
      break
    default:
      tally.json(output)
  }
}

interface FileLike {
  readonly mediaType: string
  readonly data: Extract<Part, { type: 'file' }>['data']
}

function addFile({ mediaType, data }: FileLike, tally: Tally): void {
  if (data.type === 'text') tally.text(data.text)
  else tally.fixed(fileTokens(files[fileKindOf(mediaType)], data))
}

function fileTokens({ each, perByte, unknown }: FileCost, data: FileLike['data']): number {
  if (data.type !== 'data') return unknown
  // Four characters of base64 are three bytes.
  const bytes = typeof data.data === 'string' ? data.data.length * 0.75 : data.data.length
  return each + Math.ceil(bytes * perByte)
}
