import { readCommand } from '../arguments.js'
import { dataFolder } from '../client/server.js'
import { allChecks, examine, meet } from '../doctor/examine.js'
import { settingsOf } from '../doctor/settings.js'
import { bold, dim, green, red, screenOf, yellow } from '../terminal/screen.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Finding } from '../doctor/check.js' */
/** @import { Screen } from '../terminal/screen.js' */

/** @typedef {{ name: string, findings: Finding[] }} Examined */

/**
 * Looks at everything that keeps a Hearth from working. The exit code is 1 when something is wrong.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function doctor(words, options, env) {
  const { values } = readCommand(words, options, { values: ['data', 'port', 'host'] })
  const patient = await meet(dataFolder(options, env), settingsOf(values, env), env)
  const checks = await allChecks()
  /** @type {Examined[]} */
  const examined = []
  for (const check of checks) examined.push({ name: check.name, findings: await examine(check, patient) })
  const count = (/** @type {Finding['level']} */ level) =>
    examined.flatMap(({ findings }) => findings).filter((finding) => finding.level === level).length
  const isWell = count('wrong') === 0
  if (options.json) {
    const flat = examined.flatMap(({ name, findings }) => findings.map((finding) => ({ check: name, ...finding })))
    process.stdout.write(`${JSON.stringify({ ok: isWell, data: patient.data, findings: flat })}\n`)
  } else {
    const screen = screenOf(process.stdout, env)
    const lines = examined.flatMap(({ name, findings }) =>
      findings.flatMap((finding) => linesOf(name, finding, screen)),
    )
    const sum =
      isWell && count('advice') === 0 ? 'All is well.' : `${count('wrong')} wrong, ${count('advice')} to think about.`
    process.stdout.write(`${[...lines, '', bold(sum, screen)].join('\n')}\n`)
  }
  return isWell ? 0 : 1
}

/** @type {Record<Finding['level'], [string, (text: string, screen: Screen) => string]>} */
const marks = { good: ['ok', green], unknown: ['?', dim], advice: ['advice', yellow], wrong: ['wrong', red] }

/** @param {string} name @param {Finding} finding @param {Screen} screen */
function linesOf(name, { level, finding, why, todo }, screen) {
  const [mark, paint] = marks[level]
  return [
    `${paint(mark.padEnd(6), screen)}  ${name.padEnd(11)}  ${finding}`,
    ...(why === undefined ? [] : [`${' '.repeat(21)}${dim('Why:', screen)} ${why}`]),
    ...(todo === undefined ? [] : [`${' '.repeat(21)}${dim('Do: ', screen)} ${todo}`]),
  ]
}
