/** What is seen or heard, or made for machines alone, is never kept: only that it was there, and how much of it. */
export function markOf(kind: string, characters: number): string {
  const bytes = Math.floor((characters * 3) / 4)
  return `[${kind}, ${sizeOf(bytes)}]`
}

export const sizeOf = (bytes: number): string => (bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`)

export function kindOf(mediaType: string): string {
  const [kind = ''] = mediaType.toLowerCase().split('/', 1)
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

const dataUrl = /data:([a-z]+\/[\w.+-]+)?(?:;[\w.+-]+(?:=[^;,"'\s]*)?)*(?:;base64)?,[^\s"'<>)\]]*/gi
/** Far more than is kept of anything. */
const mostRead = 200_000
/** No text of people, nor of a program, is so long without a space or another sign. */
const shortestData = 400
const bytes = new RegExp(`(?<![A-Za-z\\d+/_-])[A-Za-z\\d+/_-]{${shortestData},}={0,2}`, 'g')

/** A text without what is not one. */
export function withoutData(whole: string): string {
  if (whole.length < 20) return whole
  if (whole.startsWith('data:')) return markOf(kindOf(whole.slice(5, 40)), whole.length)
  const text = whole.length > mostRead ? whole.slice(0, mostRead) : whole
  const named = text.includes('data:')
    ? text.replace(dataUrl, (found, type = '') => markOf(kindOf(type), found.length))
    : text
  return named.length < shortestData
    ? named
    : named.replace(bytes, (found) => (isData(found) ? markOf('data', found.length) : found))
}

/** A word that is drawn out is none. */
const isData = (found: string): boolean => new Set(found.slice(0, 400)).size > 8

type Fields = Readonly<Record<string, unknown>>

/** Of an object the fields in which something else than a text stands, with what it is. */
export function mediaIn(value: Fields): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const type = [value['media_type'], value['mediaType'], value['mime_type'], value['mimeType']].find(
    (one) => typeof one === 'string',
  )
  const isAudio = typeof value['format'] === 'string' || 'transcript' in value || 'expires_at' in value
  if (typeof value['data'] === 'string' && (type !== undefined || isAudio || value['type'] === 'base64'))
    found.set('data', type === undefined ? (isAudio ? 'audio' : 'file') : kindOf(type as string))
  if (typeof value['file_data'] === 'string') found.set('file_data', 'file')
  for (const name of ['b64_json', 'partial_image_b64']) if (typeof value[name] === 'string') found.set(name, 'image')
  if (value['type'] === 'image_generation_call') found.set('result', 'image')
  for (const name of sealed) if (typeof value[name] === 'string') found.set(name, 'sealed')
  return found
}

/** Thoughts that only their provider reads. */
const sealed = ['encrypted_content', 'signature', 'thoughtSignature', 'thought_signature'] as const
