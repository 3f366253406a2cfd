import * as z from 'zod'
import type { ChatMessage, JSONObject } from '../../language.ts'
import { expected, invalid, notSupported, parse, present } from './parse.ts'

type UserPart = Extract<ChatMessage, { readonly role: 'user' }>['content'][number]
type FilePart = Extract<UserPart, { readonly type: 'file' }>
export type InputPart = UserPart

const breakpoint = z.object({ mode: z.literal('explicit'), ttl: z.enum(['30m', '12h']).optional() }).nullish()
const text = z.object({ text: z.string(), prompt_cache_breakpoint: breakpoint })
const image = z.object({
  image_url: z.string().nullish(),
  file_id: z.string().min(1).nullish(),
  detail: z.enum(['low', 'high', 'auto', 'original']).nullish(),
  prompt_cache_breakpoint: breakpoint,
})
const file = z.object({
  file_data: z.string().nullish(),
  file_url: z.string().nullish(),
  file_id: z.string().min(1).nullish(),
  filename: z.string().nullish(),
  prompt_cache_breakpoint: breakpoint,
})
const typed = z.object({ type: z.string() })
const said = z.object({ type: z.enum(['output_text', 'input_text', 'refusal']) })
const refusal = z.object({ refusal: z.string() })

export const content = z.union([z.string(), z.array(z.unknown())], expected('string or array'))
export type Content = z.infer<typeof content>

/** What a person says, or a tool gives back. */
export function readParts(parts: readonly unknown[], path: string): InputPart[] {
  return parts.map((part, index) => readPart(part, `${path}[${index}]`))
}

function readPart(part: unknown, path: string): InputPart {
  const { type } = parse(typed, part, path)
  switch (type) {
    case 'input_text': {
      const { text: words, prompt_cache_breakpoint: promptCacheBreakpoint } = parse(text, part, path)
      return { type: 'text', text: words, ...optionsOf({ promptCacheBreakpoint }) }
    }
    case 'input_image':
      return readImage(parse(image, part, path), path)
    case 'input_file':
      return readFile(parse(file, part, path), path)
    case 'input_audio':
      throw notSupported(`${path}.type`, 'Audio is not taken here.')
    default:
      throw invalid(`${path}.type`, 'is none of input_text, input_image, input_file')
  }
}

function readImage(given: z.infer<typeof image>, path: string): FilePart {
  const { image_url: url, file_id: id, detail: imageDetail, prompt_cache_breakpoint: promptCacheBreakpoint } = given
  const options = optionsOf({ imageDetail, promptCacheBreakpoint })
  const [source, value] = oneOf({ image_url: url, file_id: id }, path)
  if (source === 'file_id') return { type: 'file', mediaType: 'image/*', data: referenceTo(value), ...options }
  const place = `${path}.image_url`
  if (!isDataUrl(value)) return { type: 'file', mediaType: 'image/*', data: readUrl(value, place), ...options }
  const { mediaType, data } = readDataUrl(value, place)
  if (mediaType !== '' && !mediaType.startsWith('image/')) throw invalid(place, `holds ${mediaType}, which is no image`)
  return { type: 'file', mediaType: mediaType || 'image/*', data: { type: 'data', data }, ...options }
}

function readFile(given: z.infer<typeof file>, path: string): FilePart {
  const { file_data: data, file_url: url, file_id: id, filename, prompt_cache_breakpoint } = given
  const options = {
    ...present({ filename: filename || undefined }),
    ...optionsOf({ promptCacheBreakpoint: prompt_cache_breakpoint }),
  }
  const [source, value] = oneOf({ file_data: data, file_url: url, file_id: id }, path)
  if (source === 'file_id')
    return { type: 'file', mediaType: 'application/octet-stream', data: referenceTo(value), ...options }
  if (source === 'file_url') {
    const there = readUrl(value, `${path}.file_url`)
    // What stands behind an address is not known before it is fetched, and PDF is all that other protocols take by address.
    const mediaType = mediaTypeOf(there.url.pathname) ?? 'application/pdf'
    return { type: 'file', mediaType, data: there, ...options }
  }
  const inline = isDataUrl(value) ? readDataUrl(value, `${path}.file_data`) : { mediaType: '', data: value }
  // Bare base64 without a name is what clients send of a PDF.
  const mediaType = inline.mediaType || mediaTypeOf(filename || 'unnamed.pdf') || 'application/octet-stream'
  return { type: 'file', mediaType, data: { type: 'data', data: inline.data }, ...options }
}

/** The one that is there. */
function oneOf(sources: Readonly<Record<string, string | null | undefined>>, path: string): [string, string] {
  const given = Object.entries(sources).filter((source): source is [string, string] => Boolean(source[1]))
  if (given.length === 1 && given[0] !== undefined) return given[0]
  throw invalid(path, `needs exactly one of ${Object.keys(sources).join(', ')}`)
}

const referenceTo = (id: string): FilePart['data'] => ({ type: 'reference', reference: { openai: id } })

function readUrl(address: string, path: string): Extract<FilePart['data'], { readonly type: 'url' }> {
  const url = URL.parse(address)
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    throw invalid(path, 'is neither an address with http or https nor a data URL')
  return { type: 'url', url }
}

const isDataUrl = (address: string): boolean => address.slice(0, 5).toLowerCase() === 'data:'

/** The data stay base64: this protocol's values are long, and providers take them so. */
function readDataUrl(address: string, path: string): { readonly mediaType: string; readonly data: string } {
  const comma = address.indexOf(',')
  const head = address.slice(5, Math.max(comma, 5)).toLowerCase()
  if (comma === -1 || !head.endsWith(';base64')) throw invalid(path, 'is a data URL that is not base64')
  const data = address.slice(comma + 1)
  if (data === '') throw invalid(path, 'is a data URL that holds nothing')
  return { mediaType: head.split(';', 1)[0] ?? '', data }
}

const mediaTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
}

const mediaTypeOf = (name: string): string | undefined =>
  mediaTypes[/\.(\w{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? '']

const optionsOf = (fields: object): { readonly providerOptions?: { readonly openai: JSONObject } } => {
  const openai = present(fields) as JSONObject
  return Object.keys(openai).length === 0 ? {} : { providerOptions: { openai } }
}

/** What the model said, which its provider is told again as one text. */
export function readSaid(given: Content, path: string): string {
  if (typeof given === 'string') return given
  return given
    .map((part, index) => {
      const place = `${path}[${index}]`
      const { type } = parse(said, part, place)
      return type === 'refusal' ? parse(refusal, part, place).refusal : parse(text, part, place).text
    })
    .join('')
}

/** What instructs the model: text alone. */
export function readInstruction(given: Content, path: string): string {
  if (typeof given === 'string') return given
  return readParts(given, path)
    .map((part, index) => {
      if (part.type !== 'text') throw notSupported(`${path}[${index}].type`, 'An instruction can hold text only.')
      return part.text
    })
    .join('\n')
}
