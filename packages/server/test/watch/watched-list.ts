import { HearthError, type Principal } from '@hearth/protocol'
import type { Batch, View } from '@hearth/kernel'
import { createHub, placeOf, type HubOptions } from '../../src/watch/hub.ts'
import type { Subject } from '../../src/watch/query.ts'
import type { Update, Watcher } from '../../src/watch/watcher.ts'
import { held } from '../end-to-end/live-socket.ts'

export const view: View = { name: 'notes', version: 1, columns: {}, project: () => [] }
const mayPass = (error: unknown): boolean => error instanceof HearthError && error.code === 'store.unavailable'

export const openHub = (options: Partial<HubOptions> = {}) =>
  createHub({ mostWatchers: 10, mayPass, spacingMs: 0, ...options })

export const batchOf = (home: string): Pick<Batch, 'views' | 'forgotten'> => ({
  views: new Map([[view, new Map([['k', { tenant: 'main', home, change: { type: 'remove' as const, key: 'k' } }]])]]),
  forgotten: [],
})

export interface WatchedList {
  readonly items: string[]
  readonly subject: Subject
  sequence: number
  exact: boolean
  readings: number
  failure: Error | null
  held: Promise<void> | null
  write(item: string): Pick<Batch, 'views' | 'forgotten'>
}

/** A list that the test writes to, and that is read as the hub says. */
export function listIn(home: string): WatchedList {
  const items: string[] = []
  const list: WatchedList = {
    items,
    sequence: 1,
    exact: true,
    readings: 0,
    failure: null,
    held: null,
    write: (item: string) => {
      items.push(item)
      list.sequence += 1
      return batchOf(home)
    },
    subject: {
      key: home,
      tenant: 'main',
      permission: 'notes.read',
      places: [placeOf('notes', 'main', home)],
      read: async () => {
        list.readings += 1
        await list.held
        if (list.failure !== null) throw list.failure
        return { position: `7.${list.sequence}`, body: JSON.stringify({ items }), exact: list.exact }
      },
    },
  }
  return list
}

export function watcher() {
  const own = {
    updates: [] as Update[],
    ended: [] as HearthError[],
    room: true,
    principal: { tenant: 'main', kind: 'key', id: 'a', home: 'a', scopes: ['notes.read'] } as Principal | HearthError,
  }
  const as: Watcher = {
    who: () => {
      if (own.principal instanceof HearthError) throw own.principal
      return own.principal
    },
    send: (update) => {
      own.updates.push(update)
      return own.room
    },
    end: (error) => void own.ended.push(error),
  }
  const frames = () => own.updates.map(({ type, body, position }) => ({ [type]: JSON.parse(body), position }))
  return { ...own, own, as, holds: () => held(frames()), types: () => own.updates.map(({ type }) => type) }
}
