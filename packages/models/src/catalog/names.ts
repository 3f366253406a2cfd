/** What a snapshot's name ends with: a day or a month, as the providers write them, or `latest`. */
const snapshot = /[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{4}|\d{4}|latest)$/

/** The names of models that are as good as the same, the closest first. `samePrice`: they cost the same, too. */
export function familiesOf(id: string): readonly { readonly id: string; readonly samePrice: boolean }[] {
  // What OpenAI tuned for somebody: `ft:gpt-4o-2024-08-06:org:name:id`.
  const [, tuned] = /^(ft:[^:]+):/.exec(id) ?? []
  if (tuned !== undefined) return [{ id: tuned, samePrice: true }]
  const colon = id.lastIndexOf(':')
  // A variant at OpenRouter, `model:free`, and the versions of Bedrock, `model-v1:0`.
  if (colon > 0) return [{ id: id.slice(0, colon), samePrice: false }]
  const undated = id.replace(snapshot, '')
  return undated === id || undated === '' ? [] : [{ id: undated, samePrice: true }]
}

/** Whether the second is a dated snapshot of the first. */
export const isSnapshotOf = (family: string, id: string): boolean =>
  id.length > family.length && id.startsWith(family) && snapshot.exec(id)?.index === family.length
