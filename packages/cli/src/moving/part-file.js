import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { CommandError, errorCode } from '../errors.js'

/**
 * A file of JSON lines that is written beside its name, and gets it when it is whole. What an interrupted run has written stays, and the
 * next one goes on from there.
 * @param {string} path
 * @param {(line: any) => boolean} isKept which lines of a former run count
 */
export function openPartFile(path, isKept) {
  const beside = `${path}.part`
  try {
    const file = openSync(beside, 'a+', 0o600)
    const { lines, bytes } = wholeLines(readFileSync(beside), isKept)
    ftruncateSync(file, bytes)
    return {
      lines,
      /** @param {readonly object[]} items */
      add: (items) => void writeSync(file, items.map((item) => `${JSON.stringify(item)}\n`).join('')),
      finish() {
        fsyncSync(file)
        closeSync(file)
        renameSync(beside, path)
      },
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError('cli.unwritable', `${beside} cannot be written (${code})`)
  }
}

/**
 * The lines from the first on that are whole and count.
 * @param {Buffer} content
 * @param {(line: any) => boolean} isKept
 */
function wholeLines(content, isKept) {
  const lines = []
  let bytes = 0
  for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, bytes)) {
    const line = parsed(content.subarray(bytes, at).toString('utf8'))
    if (line === undefined || !isKept(line)) break
    lines.push(line)
    bytes = at + 1
  }
  return { lines, bytes }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}
