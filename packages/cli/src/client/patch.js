/** @typedef {{ op: string, path: string, value?: unknown }} Change one step of a JSON patch (RFC 6902) */

/** @param {string} path */
const stepsOf = (path) =>
  path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

/**
 * What the changes make of a value. The value itself stays as it is.
 * @param {unknown} value
 * @param {readonly Change[]} changes
 */
export function applyPatch(value, changes) {
  let root = structuredClone(value)
  for (const change of changes) root = applyOne(root, stepsOf(change.path), change)
  return root
}

/**
 * @param {any} target
 * @param {readonly string[]} steps
 * @param {Change} change
 * @returns {unknown}
 */
function applyOne(target, [step, ...deeper], change) {
  if (step === undefined) return change.op === 'remove' ? undefined : change.value
  if (deeper.length > 0) {
    target[step] = applyOne(target[step], deeper, change)
  } else if (Array.isArray(target)) {
    const index = step === '-' ? target.length : Number(step)
    const removed = change.op === 'add' ? 0 : 1
    target.splice(index, removed, ...(change.op === 'remove' ? [] : [change.value]))
  } else if (change.op === 'remove') delete target[step]
  else target[step] = change.value
  return target
}
