import { kindOf, markOf } from '../media.ts'
import { type Fields } from '../../fields.ts'
import { listOf, type Said } from './said.ts'

export function hearInner(said: Said, answer: Fields): void {
  for (const [place, part] of listOf(answer['content']).entries()) {
    const key = String(place)
    const { type } = part
    if (type === 'text' || type === 'reasoning') said.text(key, type, part['text'])
    else if (type === 'tool-call') said.call(key, part['toolName'], part['input'])
    else if (type === 'file')
      said.text(key, 'file', markOf(kindOf(String(part['mediaType'])), String(part['data'] ?? '').length))
    else said.other(key, type, part)
  }
}
