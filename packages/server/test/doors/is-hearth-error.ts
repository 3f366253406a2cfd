import { HearthError } from '@hearth/protocol'

/** For `assert.throws` and `assert.rejects`. */
export const isHearthError =
  (code: string, message = /./) =>
  (error: unknown): boolean =>
    error instanceof HearthError && error.code === code && message.test(error.message)
