import type { Json } from '@hearth/protocol'
import type { ReferenceRow } from './ports/log.ts'

/** The documents that actors publish to all homes of their tenant, as of the last commit. Shared by the lanes of a process. */
export class References {
  readonly #documents = new Map<string, Json>()

  get(tenant: string, name: string): Json | undefined {
    return this.#documents.get(`${tenant}/${name}`)
  }

  set(row: ReferenceRow): void {
    this.#documents.set(`${row.tenant}/${row.name}`, JSON.parse(row.data) as Json)
  }
}
