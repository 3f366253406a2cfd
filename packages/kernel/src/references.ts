import type { Json } from '@hearth/protocol'
import type { ReferenceRow } from './ports/log.ts'

/** The documents that actors publish to all homes of their tenant, as of the last commit. Shared by the lanes of a process. */
export class References {
  readonly #documents = new Map<string, Map<string, Json>>()
  /** What was set while rows are read that may be older. */
  readonly #newer = new Set<Set<string>>()

  get(tenant: string, name: string): Json | undefined {
    return this.#documents.get(tenant)?.get(name)
  }

  set(row: ReferenceRow): void {
    for (const names of this.#newer) names.add(nameOf(row))
    this.#put(row)
  }

  /** Takes over what is read, but for what was set meanwhile. */
  async load(read: () => Promise<readonly ReferenceRow[]>): Promise<void> {
    const newer = new Set<string>()
    this.#newer.add(newer)
    try {
      for (const row of await read()) if (!newer.has(nameOf(row))) this.#put(row)
    } finally {
      this.#newer.delete(newer)
    }
  }

  #put(row: ReferenceRow): void {
    const { tenant, name, data } = row
    const documents = this.#documents.get(tenant) ?? new Map<string, Json>()
    this.#documents.set(tenant, documents)
    documents.set(name, JSON.parse(data) as Json)
  }
}

const nameOf = ({ tenant, name }: ReferenceRow): string => `${tenant}/${name}`
