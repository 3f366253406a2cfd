import type { ChatMessage } from '../../language.ts'
import { filledText, invalid, needed, object, oneOf, optional, present, text, type Fields } from './fields.ts'
import { mergePartOptions, readPartOptions } from './part-options.ts'

export type Part = Extract<ChatMessage, { role: 'user' }>['content'][number]
export type TextPart = Extract<Part, { type: 'text' }>
type FilePart = Extract<Part, { type: 'file' }>
type Content = Pick<FilePart, 'data' | 'mediaType'>

/** What a user says, or a tool gives back. */
export function readParts(content: unknown, at: string): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return partsOf(content, at).map(({ part, path }) => {
    switch (needed(part, 'type', path, oneOf(['text', 'image_url', 'input_audio', 'file']))) {
      case 'text':
        return textPart(part, 'text', path)
      case 'image_url':
        return filePart(part, path, readImage(part, path))
      case 'input_audio':
        return filePart(part, path, readAudio(part, path))
      case 'file':
        return filePart(part, path, readFile(part, path))
    }
  })
}

/** Where nothing but text may stand: of a system message, or of an assistant's, which may have refused. */
export function readTexts(content: unknown, at: string): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return partsOf(content, at).map(({ part, path }) =>
    textPart(part, needed(part, 'type', path, oneOf(['text', 'refusal'])), path),
  )
}

function partsOf(content: unknown, at: string): { readonly part: Fields; readonly path: string }[] {
  if (content === undefined || content === null) throw invalid(at, 'is missing')
  if (!Array.isArray(content)) throw invalid(at, 'must be text or a list of parts')
  return content.map((one: unknown, index) => {
    const path = `${at}[${index}]`
    return { part: object(one, path), path }
  })
}

const textPart = (part: Fields, field: 'text' | 'refusal', at: string): TextPart =>
  present({ type: 'text' as const, text: needed(part, field, at, text), providerOptions: readPartOptions(part, at) })

const filePart = (part: Fields, at: string, read: Omit<FilePart, 'type'>): FilePart =>
  present({
    type: 'file' as const,
    ...read,
    providerOptions: mergePartOptions(read.providerOptions, readPartOptions(part, at)),
  })

function readImage(part: Fields, at: string): Omit<FilePart, 'type'> {
  const bare = part['image_url']
  // Some clients leave the object out.
  if (typeof bare === 'string') return readAddress(bare, `${at}.image_url`)
  const image = needed(part, 'image_url', at, object)
  const detail = optional(image, 'detail', `${at}.image_url`, text)
  return {
    ...readAddress(needed(image, 'url', `${at}.image_url`, text), `${at}.image_url.url`),
    ...(detail === undefined ? {} : { providerOptions: { openai: { imageDetail: detail } } }),
  }
}

function readAddress(address: string, path: string): Content {
  if (startsAsData(address)) return readDataUrl(address, path)
  const url = URL.parse(address)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') throw invalid(path, 'must be an address or a data: URL')
  return { data: { type: 'url', url }, mediaType: 'image/*' }
}

const startsAsData = (address: string): boolean => /^data:/i.test(address)

const longestHead = 512

/** The base64 stays as it is; it may be megabytes. */
function readDataUrl(address: string, path: string): Content {
  const comma = address.indexOf(',')
  const head = address.slice(5, Math.min(Math.max(comma, 5), longestHead)).toLowerCase()
  const [type = '', ...parameters] = head.split(';')
  const content = address.slice(comma + 1)
  const mediaType = type === 'image/jpg' ? 'image/jpeg' : type || 'text/plain'
  if (comma === -1 || comma > longestHead || content === '' || !/^[\w.+-]+\/[\w.+-]+$/.test(mediaType)) {
    throw invalid(path, 'is no data: URL')
  }
  const isBase64 = parameters.at(-1)?.trim() === 'base64'
  return { data: { type: 'data', data: isBase64 ? content : escapedToBase64(content, path) }, mediaType }
}

function escapedToBase64(content: string, path: string): string {
  try {
    return Buffer.from(decodeURIComponent(content)).toString('base64')
  } catch {
    throw invalid(path, 'is no data: URL')
  }
}

function readAudio(part: Fields, at: string): Content {
  const audio = needed(part, 'input_audio', at, object)
  const path = `${at}.input_audio`
  const format = needed(audio, 'format', path, text).toLowerCase()
  if (!/^[a-z0-9.+-]{1,32}$/.test(format)) throw invalid(`${path}.format`, 'is no format of sound')
  const data = needed(audio, 'data', path, filledText)
  return { data: { type: 'data', data }, mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}` }
}

function readFile(part: Fields, at: string): Omit<FilePart, 'type'> {
  const file = needed(part, 'file', at, object)
  const path = `${at}.file`
  const filename = optional(file, 'filename', path, text)
  return { ...readFileContent(file, path), ...(filename === undefined ? {} : { filename }) }
}

function readFileContent(file: Fields, path: string): Content {
  const id = optional(file, 'file_id', path, filledText)
  if (id !== undefined) {
    return { data: { type: 'reference', reference: { openai: id } }, mediaType: 'application/octet-stream' }
  }
  const data = optional(file, 'file_data', path, filledText)
  if (data === undefined) throw invalid(path, 'needs file_data or file_id')
  if (startsAsData(data)) return readDataUrl(data, `${path}.file_data`)
  // Bare base64 is what OpenAI's own words promise to take, and of documents it takes PDF.
  return { data: { type: 'data', data }, mediaType: 'application/pdf' }
}
