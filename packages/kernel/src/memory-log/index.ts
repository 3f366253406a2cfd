export { createMemoryLog } from './memory-log.ts'
export { createMemoryStore, type MemoryStore } from './memory-store.ts'
export type { StoredEffect, StoredSlot, StoredViewRow } from './tables.ts'
