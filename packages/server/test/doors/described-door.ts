import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { features } from '@hearth/features'
import type { FastifyInstance } from 'fastify'
import { installedFor } from '../../src/installed.ts'
import { openDoor, type OpenedDoor } from './opened-door.ts'

export interface DescribedDoor extends OpenedDoor {
  /** Every route, as `GET /path/{field}`, without those that Fastify adds for HEAD. */
  readonly routes: readonly string[]
}

/** Everything that every feature brings. */
export const installed = installedFor({ features: features.map(({ name }) => name) })

/** A door with the operations of every feature before it, and a note of each route that it has. */
export async function openDescribedDoor(): Promise<DescribedDoor> {
  const opened = await openDoor({ prepared: false })
  const { operations, errors, foreign } = installed
  Object.assign(opened.hearth, { operations, errors, foreign: { ...opened.hearth.foreign, routes: foreign } })
  const routes: string[] = []
  const note = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      const path = url.replaceAll(/:(\w+)/g, '{$1}')
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${path}`)
    })
  }
  subscribe('fastify.initialization', note)
  try {
    const open = await opened.door.prepare(opened.hearth)
    open()
  } finally {
    unsubscribe('fastify.initialization', note)
  }
  return { ...opened, routes }
}
