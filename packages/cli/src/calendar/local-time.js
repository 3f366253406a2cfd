/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

/** @param {string} zone */
function formatOf(zone) {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const two = /** @type {const} */ ('2-digit')
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  })
  formats.set(zone, format)
  return format
}

/** Whether there is a zone of this name. @param {string} zone */
export function isZone(zone) {
  try {
    formatOf(zone)
    return true
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return false
  }
}

/** What a clock in the zone shows, as 2030-05-01T09:00:00. @param {number} instant @param {string} zone */
export function localOf(instant, zone) {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  )
  const { year = '', month, day, hour, minute, second } = parts
  return `${year.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`
}

/** As if the clock were that of UTC. @param {string} local */
export const asUtc = (local) => Date.parse(`${local.length === 16 ? `${local}:00` : local}Z`)

/** @param {number} ms */
export const fromUtc = (ms) => new Date(ms).toISOString().slice(0, 19)

/** How far the clock of a zone is before UTC. @param {number} instant @param {string} zone */
export const offsetAt = (instant, zone) => asUtc(localOf(instant, zone)) - Math.floor(instant / 1000) * 1000

/**
 * When a clock in the zone shows this: of two times the first; one that is left out moves forward.
 * @param {string} local
 * @param {string} zone
 */
export function instantOf(local, zone) {
  const wanted = asUtc(local)
  const day = 86_400_000
  const before = wanted - offsetAt(wanted - day, zone)
  const after = wanted - offsetAt(wanted + day, zone)
  const fits = [before, after].filter((instant) => asUtc(localOf(instant, zone)) === wanted)
  return fits.length > 0 ? Math.min(...fits) : before
}
