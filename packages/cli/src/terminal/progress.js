import { screenOf } from './screen.js'

const redrawMs = 100
const barWidth = 24

/**
 * Tells on standard error how far something has come: a bar on a terminal, nothing elsewhere.
 * @param {string} what
 * @param {NodeJS.ProcessEnv} env
 */
export function progress(what, env) {
  const { columns } = screenOf(process.stderr, env)
  let drawn = 0
  /** @param {string} text */
  const draw = (text) => process.stderr.write(`\r\u001b[K${text.slice(0, (columns ?? 80) - 1)}`)
  return {
    /**
     * @param {number} done
     * @param {number} [total] unknown where there is none
     * @param {string} [note]
     */
    at(done, total, note = '') {
      const now = Date.now()
      if (columns === undefined || (now - drawn < redrawMs && done !== total)) return
      drawn = now
      if (total === undefined || total === 0) return void draw(`${what} ${done} ${note}`)
      const filled = Math.round((Math.min(done, total) / total) * barWidth)
      draw(`${what} [${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${done}/${total} ${note}`)
    },
    /** Leaves the line empty, for whatever is said next. */
    end() {
      if (columns !== undefined && drawn > 0) process.stderr.write('\r\u001b[K')
    },
  }
}
