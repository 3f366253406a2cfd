import type { ChatCall, JSONObject } from '../../language.ts'
import { flag, needed, object, oneOf, optional, present, text, type Fields } from './fields.ts'

type ResponseFormat = NonNullable<ChatCall['responseFormat']>

export interface AskedFormat {
  readonly responseFormat: ResponseFormat | undefined
  /** Whether the answer must keep to the schema. Always there with a schema: who says nothing is not strict in this protocol. */
  readonly strict: boolean | undefined
}

export function readResponseFormat(fields: Fields): AskedFormat {
  const format = optional(fields, 'response_format', '', object)
  if (format === undefined) return { responseFormat: undefined, strict: undefined }
  switch (needed(format, 'type', 'response_format', oneOf(['text', 'json_object', 'json_schema']))) {
    case 'text':
      return { responseFormat: { type: 'text' }, strict: undefined }
    case 'json_object':
      return { responseFormat: { type: 'json' }, strict: undefined }
    case 'json_schema':
      return readJsonSchema(format)
  }
}

function readJsonSchema(format: Fields): AskedFormat {
  const at = 'response_format.json_schema'
  const asked = needed(format, 'json_schema', 'response_format', object)
  const responseFormat = present({
    type: 'json' as const,
    schema: optional(asked, 'schema', at, object) as JSONObject | undefined,
    name: needed(asked, 'name', at, text),
    description: optional(asked, 'description', at, text),
  })
  return { responseFormat, strict: optional(asked, 'strict', at, flag) ?? false }
}
