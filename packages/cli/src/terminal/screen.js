/**
 * What is known of where the output goes.
 * @typedef {object} Screen
 * @property {number | undefined} columns undefined: no terminal, every text is printed whole
 * @property {boolean} colour
 */

/** A file or another program reads it. @type {Screen} */
export const noScreen = { columns: undefined, colour: false }

/**
 * @param {NodeJS.WriteStream} stream
 * @param {NodeJS.ProcessEnv} env
 * @returns {Screen}
 */
export function screenOf(stream, env) {
  if (!stream.isTTY) return noScreen
  return { columns: stream.columns || 80, colour: !env['NO_COLOR'] && env['TERM'] !== 'dumb' }
}

/** @param {number} code @returns {(text: string, screen: Screen) => string} */
const styled =
  (code) =>
  (text, { colour }) =>
    colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = styled(1)
export const dim = styled(2)
export const red = styled(31)
export const green = styled(32)
export const yellow = styled(33)
