import { plain } from '../../plain.js'
import { advice, good, unknown } from '../check.js'

const farBehind = 10_000

/** @type {import('../check.js').Check} */
export const check = {
  name: 'views',
  examine: ({ status }) => {
    if (status === undefined) return [unknown('How the views stand only a running server tells.')]
    /** @type {[string, any][]} */
    const views = Object.entries(status.views ?? {})
    const findings = views.flatMap(([name, { building, behind = 0 }]) => {
      if (building === true)
        return [
          advice(
            `The view ${plain(name)} is not whole: it is built from the log.`,
            'Until it is, lists that read it are refused or old.',
            `Wait; "hearth status" says when it is done. If it stays: hearth views.rebuild --view ${plain(name)}`,
          ),
        ]
      if (behind <= farBehind) return []
      return [
        advice(
          `The view ${plain(name)} is ${behind} events behind the log.`,
          'Lists that read it are old by as much.',
          'It catches up by itself. If it does not: hearth verify, then hearth views.rebuild.',
        ),
      ]
    })
    return findings.length === 0
      ? [good(`${views.length} views stand; "hearth verify" compares them with the log.`)]
      : findings
  },
}
