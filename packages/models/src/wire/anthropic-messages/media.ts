import type { ChatMessage } from '../../language.ts'
import { flag, given, invalid, name, optional, record, text, unsupported, type Fields } from './fields.ts'
import { marks } from './marks.ts'

type UserPart = Extract<ChatMessage, { readonly role: 'user' }>['content'][number]
export type FilePart = Extract<UserPart, { readonly type: 'file' }>

const sourceOf = (block: Fields, path: string): Fields => record(block.source, `${path}.source`)

export function readImage(block: Fields, path: string): FilePart {
  const source = sourceOf(block, path)
  const at = `${path}.source`
  switch (source.type) {
    case 'base64': {
      const mediaType = name(source.media_type, `${at}.media_type`)
      if (!mediaType.startsWith('image/')) throw invalid(`${at}.media_type`, 'must be the type of an image')
      const data = name(source.data, `${at}.data`)
      return { type: 'file', mediaType, data: { type: 'data', data }, ...marks(block, path) }
    }
    case 'url':
      return { type: 'file', mediaType: 'image/*', data: readUrl(source, at), ...marks(block, path) }
    default:
      throw otherSource(source, at)
  }
}

export function readDocument(block: Fields, path: string): FilePart {
  const source = sourceOf(block, path)
  const more = given({
    context: optional(block.context, `${path}.context`, text),
    citations: optional(block.citations, `${path}.citations`, readCitations),
  })
  const filename = optional(block.title, `${path}.title`, text)
  return {
    type: 'file',
    ...readDocumentSource(source, `${path}.source`),
    ...(filename === undefined ? {} : { filename }),
    ...marks(block, path, Object.keys(more).length === 0 ? undefined : more),
  }
}

function readDocumentSource(source: Fields, path: string): Pick<FilePart, 'data' | 'mediaType'> {
  switch (source.type) {
    case 'base64':
      if (source.media_type !== 'application/pdf') throw invalid(`${path}.media_type`, 'must be application/pdf')
      return { mediaType: 'application/pdf', data: { type: 'data', data: name(source.data, `${path}.data`) } }
    case 'text':
      if (source.media_type !== 'text/plain') throw invalid(`${path}.media_type`, 'must be text/plain')
      return { mediaType: 'text/plain', data: { type: 'text', text: text(source.data, `${path}.data`) } }
    case 'url':
      // The protocol knows no others by their address.
      return { mediaType: 'application/pdf', data: readUrl(source, path) }
    default:
      throw otherSource(source, path)
  }
}

function readCitations(value: unknown, path: string): { enabled: boolean } {
  return { enabled: optional(record(value, path).enabled, `${path}.enabled`, flag) ?? false }
}

function readUrl(source: Fields, path: string): FilePart['data'] {
  const url = URL.parse(name(source.url, `${path}.url`))
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid(`${path}.url`, 'must be an address on the web')
  return { type: 'url', url }
}

function otherSource(source: Fields, path: string): Error {
  const type = name(source.type, `${path}.type`)
  return unsupported(`${path}.type`, `a source of type ${type.slice(0, 40)}`)
}
