import type { PostgresStore } from '../store.ts'

export interface Try {
  readonly provider: string
  readonly outcome: string
  /** In ms since 1970. */
  readonly began: number
}

interface CallRecord {
  readonly at: number
  readonly outcome: string
  readonly tries: readonly { readonly provider: string; readonly outcome: string; readonly ms: number }[]
}

/** Every try of the calls of a key since then, as their records have them: a try begins where the one before it ended. */
export async function triesSince(store: PostgresStore, key: string, since: number): Promise<readonly Try[]> {
  const rows = await store.rows(
    (sql) => sql`select record from hearth.view_calls_1 where asker = ${key} and at >= ${since} order by at`,
  )
  return rows.flatMap((row) => {
    const { at, tries } = JSON.parse(String(row['record'])) as CallRecord
    let began = at
    return tries.map(({ provider, outcome, ms }) => {
      const one = { provider, outcome, began }
      began += ms
      return one
    })
  })
}

/** So long nobody asks one that is left alone; under load nothing else makes such a gap. */
const gapMs = 500

export interface Asked {
  /** Tries while it was dead. */
  readonly tries: number
  /** From its death to the last try before it was left alone; null where it never was. */
  readonly leftAloneAfterMs: number | null
  /** From its return to the first try that it answered; null where it was not asked again. */
  readonly askedAgainAfterMs: number | null
}

export function askedOf(tries: readonly Try[], provider: string, diedAt: number, backAt: number): Asked {
  const its = tries.filter((one) => one.provider === provider).toSorted((one, other) => one.began - other.began)
  const failed = its.filter(({ began, outcome }) => outcome !== 'ok' && began <= backAt)
  let last = diedAt
  let leftAlone = false
  for (const { began } of failed) {
    leftAlone = began - last >= gapMs
    if (leftAlone) break
    last = Math.max(last, began)
  }
  const first = its.find(({ began, outcome }) => outcome === 'ok' && began >= backAt)
  return {
    tries: failed.length,
    leftAloneAfterMs: leftAlone || backAt - last >= gapMs ? last - diedAt : null,
    askedAgainAfterMs: first === undefined ? null : first.began - backAt,
  }
}
