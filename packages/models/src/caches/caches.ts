import type { KeptEntry } from './kept-answer.ts'
import { TenantCache } from './tenant-cache.ts'

export interface CachesOptions {
  /** Of all tenants together, in this process. */
  readonly mostBytes?: number
  /** Of one of them. */
  readonly mostOfTenant?: number
  /** Whether a home was forgotten since then. */
  readonly isForgotten?: (tenant: string, home: string, since: number) => boolean
}

/** What a process keeps of answers: an object for each tenant. */
export interface Caches {
  /** `version` is that of the tenant's setting: with another one it begins anew. */
  of(tenant: string, version: number): TenantCache
  /** What was asked under a setting that holds no more is not kept. */
  put(tenant: string, version: number, entry: KeptEntry): void
}

interface Kept {
  readonly version: number
  readonly cache: TenantCache
}

const megabyte = 1024 * 1024

export function createCaches(options: CachesOptions = {}): Caches {
  const { mostBytes = 128 * megabyte, mostOfTenant = 32 * megabyte, isForgotten = () => false } = options
  /** The tenant that was asked for last stands last. */
  const tenants = new Map<string, Kept>()
  let bytes = 0

  const beginAnew = (tenant: string, version: number): Kept => ({
    version,
    cache: new TenantCache(
      (more) => void (bytes += more),
      ({ home, asked }) => isForgotten(tenant, home, asked),
    ),
  })

  const of = (tenant: string, version: number): TenantCache => {
    const known = tenants.get(tenant)
    // A call that began before the setting was changed finds nothing, and changes nothing.
    if (known !== undefined && known.version > version) return new TenantCache()
    const kept = known?.version === version ? known : beginAnew(tenant, version)
    if (known !== undefined) tenants.delete(tenant)
    if (known !== undefined && known !== kept) known.cache.clear()
    tenants.set(tenant, kept)
    return kept.cache
  }

  const shrink = (): void => {
    for (const [tenant, { cache }] of tenants) {
      while (bytes > mostBytes && cache.dropOldest());
      if (bytes <= mostBytes) return
      tenants.delete(tenant)
    }
  }

  return {
    of,
    put: (tenant, version, entry) => {
      if ((tenants.get(tenant)?.version ?? version) > version) return
      const cache = of(tenant, version)
      cache.put(entry)
      while (cache.bytes > mostOfTenant && cache.dropOldest());
      shrink()
    },
  }
}
