import { advice, good, wrong } from '../check.js'

const slowLoopMs = 200

/** @type {import('../check.js').Check} */
export const check = {
  name: 'server',
  examine: ({ server, isAlive, status, refusal, data }) => {
    if (server === undefined) return [good('No server runs on this data folder.')]
    if (!isAlive)
      return [
        advice(
          `server.json names process ${server.pid}, which does not run: the server was killed.`,
          'Nothing is lost. What was accepted goes on at the next start.',
          `Start it: hearth start --data ${data}`,
        ),
      ]
    if (status === undefined)
      return [
        wrong(
          `Process ${server.pid} runs, but does not answer as it should: ${refusal}`,
          'Nobody can call it, and what falls due may wait.',
          'See its log in logs/ of the data folder. "hearth stop" and a new start lose nothing.',
        ),
      ]
    /** @type {[string, any][]} */
    const waits = Object.entries(status.waits ?? {})
    return [
      good(`Hearth ${status.version} runs as process ${server.pid}.`),
      ...(waits.length === 0
        ? []
        : [
            wrong(
              `It waits: ${waits.map(([code, { since, meaning }]) => `${code} since ${since}, ${meaning}`).join('; ')}.`,
              'Meanwhile some or all calls are refused with 503.',
              'docs/guides/repair.md says what each means; most pass by themselves.',
            ),
          ]),
      ...(status.loopDelayP99Ms > slowLoopMs
        ? [
            advice(
              `Its event loop is late by ${Math.round(status.loopDelayP99Ms)} ms (p99).`,
              'Every answer and every ring is late by as much.',
              'Give it more of the processor, or more workers (HEARTH_WORKERS).',
            ),
          ]
        : []),
    ]
  },
}
