import { plain } from '../../plain.js'
import { good, unknown, wrong } from '../check.js'

/** @import { Finding, Patient } from '../check.js' */

const dayMs = 86_400_000
const pages = 20

/** @type {import('../check.js').Check} */
export const check = {
  name: 'webhooks',
  examine: async (patient) => {
    if (patient.status === undefined) return [unknown('How deliveries went only a running server tells.')]
    const webhooks = await all(patient, 'webhooks.list', {})
    if (webhooks.length === 0) return [good('There are no webhooks.')]
    /** @type {Map<string, string>} */
    const urls = new Map(webhooks.map(({ id, url }) => [id, url]))
    const troubled = webhooks.flatMap(stateOf)
    const findings = [
      ...troubled,
      ...(await failed(patient, urls)),
      ...(troubled.length === 0 ? await failing(patient) : []),
    ]
    return findings.length === 0 ? [good(`${webhooks.length} webhooks, and nothing failed since yesterday.`)] : findings
  },
}

/** How a webhook is, as its list says. @param {any} webhook @returns {Finding[]} */
function stateOf({ id, url, state, disabled, lastFailure }) {
  if (disabled !== undefined)
    return [
      wrong(
        `The webhook ${plain(url)} (${id}) was disabled at ${disabled.at}: ${plain(disabled.reason)}`,
        'Nothing is delivered there any more.',
        `See that the program there takes what it is told, then: hearth webhooks.enable --id ${id}; or hearth webhooks.remove --id ${id}.`,
      ),
    ]
  // The last failure stays told after a webhook is well again.
  if (state !== 'failing' || lastFailure === undefined) return []
  return [
    wrong(
      `The webhook ${plain(url)} (${id}) fails; the last at ${lastFailure.at}: ${plain(lastFailure.reason)}`,
      'What is to be delivered there is tried again, told late, and given up after three days.',
      `See that the program there runs and can be reached, then: hearth webhooks.test --id ${id}.`,
    ),
  ]
}

/** @param {Patient} patient @param {string} operation @param {object} input */
async function all({ call }, operation, input) {
  const found = []
  let after
  for (let page = 0; page < pages; page++) {
    const { items, next } = await call(operation, { ...input, limit: 500, ...(after === undefined ? {} : { after }) })
    found.push(...items)
    if (next === null) break
    after = next
  }
  return found
}

/** Deliveries that were given up. @param {Patient} patient @param {ReadonlyMap<string, string>} urls @returns {Promise<Finding[]>} */
async function failed(patient, urls) {
  const since = new Date(Date.now() - dayMs).toISOString()
  // The list is in order of time, and so are its cursors.
  const deliveries = await all(patient, 'webhooks.deliveries', { outcome: 'failed', after: since })
  /** @type {Map<string, any[]>} */
  const byWebhook = new Map()
  for (const delivery of deliveries.filter(({ at }) => at >= since))
    byWebhook.set(delivery.webhook, [...(byWebhook.get(delivery.webhook) ?? []), delivery])
  return [...byWebhook].map(([id, each]) =>
    wrong(
      `${each.length} deliveries to ${plain(urls.get(id) ?? 'a webhook that was removed')} (${id}) failed for good since yesterday; the last: ${plain(String(each.at(-1)?.answer))}.`,
      'Whoever listens there was not told, and is not told again.',
      `See that the program there runs, then try it: hearth webhooks.test --id ${id}; or hearth webhooks.remove --id ${id}.`,
    ),
  )
}

/** Deliveries that are tried again and again. @param {Patient} patient @returns {Promise<Finding[]>} */
async function failing(patient) {
  const states = await Promise.all(['owed', 'waiting'].map((state) => all(patient, 'effects.list', { state })))
  const tried = states.flat().filter(({ kind, failure }) => kind === 'webhook' && failure !== null)
  if (tried.length === 0) return []
  return [
    wrong(
      `${tried.length} deliveries of webhooks have failed so far and are tried again; one says: ${plain(String(tried[0]?.failure))}.`,
      'They are told late, and given up after three days.',
      'See that the programs there run and can be reached: hearth webhooks.list; then hearth webhooks.test --id ID.',
    ),
  ]
}
