import { HearthError } from '@hearth/protocol'

/** What an error of Fastify, of a socket or of ours means to the caller. */
export function toHearthError(error: unknown): HearthError {
  if (error instanceof HearthError) return error
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown }
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HearthError('door.content-type-unsupported', 'Send the input as application/json.')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new HearthError('door.request-malformed', 'The path is malformed.')
    // The caller went away in the middle of its request.
    case 'ECONNRESET':
      return new HearthError('door.request-malformed', 'The request was cut short.')
    default:
      if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
        return new HearthError('door.request-malformed', 'The request is malformed.')
      return new HearthError('door.failed', 'Something went wrong here. The log has it under the requestId.')
  }
}
