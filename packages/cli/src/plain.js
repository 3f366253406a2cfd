/**
 * Text from outside must not move the terminal's cursor, rewrite its title or turn the reading direction.
 * @param {string} text
 */
export const plain = (text) =>
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (sign) =>
    sign === '\n' || sign === '\t' ? ' ' : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
