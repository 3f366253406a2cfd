import { actor, refuse, type Decision, type View, type ViewChange } from '@hearth/kernel'
import type { TemplateDefinition } from '@hearth/models'
import { canonicalJson, type Address, type Json } from '@hearth/protocol'
import { tenantHome } from '../tenant.ts'

export type TemplateCommand =
  | {
      readonly type: 'set'
      readonly definition: TemplateDefinition
      readonly by: string
      readonly note: string | null
      /** The version that it is equal to, where it goes back to one. */
      readonly from: number | null
    }
  | { readonly type: 'remove' }

export type TemplateEvent =
  | {
      readonly type: 'template.set'
      readonly version: number
      readonly definition: TemplateDefinition
      readonly by: string
      readonly note: string | null
      readonly from: number | null
    }
  | { readonly type: 'template.removed'; readonly version: number }

/** Versions are numbered on where a template of the same name is set again: a record of a call names one of them for good. */
interface State {
  readonly version: number
  /** Null where it was removed. */
  readonly definition: TemplateDefinition | null
}

/** Older versions are forgotten. */
export const mostVersions = 500

export const versionKey = (name: string, version: number): string => `${name}@${String(version).padStart(9, '0')}`

/** The templates as they are. */
export const templatesView: View<State, TemplateEvent> = {
  name: 'templates',
  version: 1,
  columns: { version: 'bigint', at: 'bigint', note: 'text', model: 'text', variables: 'text' },
  project: (_state, event, { address, at }) =>
    event.type === 'template.removed'
      ? [{ type: 'remove', key: address.id }]
      : [
          {
            type: 'put',
            key: address.id,
            row: { version: event.version, at, note: event.note, ...summaryOf(event.definition) },
          },
        ],
}

const summaryOf = ({ model, variables }: TemplateDefinition): Readonly<Record<string, Json>> => ({
  model,
  variables: JSON.stringify(variables.map(({ name }) => name)),
})

/** Every version of each. What it says is long, and kept apart: lists need none of it. */
export const versionsView: View<State, TemplateEvent> = {
  name: 'template_versions',
  version: 1,
  columns: {
    template: 'text',
    version: 'bigint',
    at: 'bigint',
    author: 'text',
    note: 'text',
    restored: 'bigint',
  },
  indexes: [['home', 'template', 'key']],
  project: (_state, event, { address: { id: name }, at }) => {
    const { version } = event
    if (event.type === 'template.removed') return removals(name, version)
    const { by, note, from } = event
    const row = { template: name, version, at, author: by, note, restored: from }
    const put = { type: 'put', key: versionKey(name, version), row } as const
    return [put, ...forgotten(name, version)]
  },
}

export const textsView: View<State, TemplateEvent> = {
  name: 'template_texts',
  version: 1,
  columns: { definition: 'text' },
  project: (_state, event, { address: { id: name } }) => {
    const { version } = event
    if (event.type === 'template.removed') return removals(name, version)
    const row = { definition: JSON.stringify(event.definition) }
    return [{ type: 'put', key: versionKey(name, version), row }, ...forgotten(name, version)]
  },
}

const removals = (name: string, version: number): readonly ViewChange[] =>
  Array.from({ length: Math.min(version, mostVersions) }, (_, back) => ({
    type: 'remove',
    key: versionKey(name, version - back),
  }))

const forgotten = (name: string, version: number): readonly ViewChange[] =>
  version <= mostVersions ? [] : [{ type: 'remove', key: versionKey(name, version - mostVersions) }]

/** A template is an actor. Setting what it is already makes no version. */
export const template = actor<State, TemplateCommand, TemplateEvent>({
  kind: 'template',
  personal: false,
  initial: { version: 0, definition: null },
  shape: 1,
  events: { 'template.set': [], 'template.removed': [] },
  decide: (state, command, { address: { id: name } }): Decision<TemplateEvent> => {
    if (command.type === 'remove')
      return state.definition === null
        ? refuse('templates.unknown', 'There is no template of this name.')
        : { type: 'accept', events: [{ type: 'template.removed', version: state.version }], answer: { name } }
    const { definition, by, note, from } = command
    if (from !== null && state.definition === null)
      return refuse('templates.unknown', 'There is no template of this name.')
    if (state.definition !== null && isSame(state.definition, definition))
      return { type: 'accept', events: [], answer: answerOf(name, state.version, false, definition) }
    const version = state.version + 1
    const event = { type: 'template.set', version, definition, by, note, from } as const
    return { type: 'accept', events: [event], answer: answerOf(name, version, true, definition) }
  },
  evolve: (_state, event) => ({
    version: event.version,
    definition: event.type === 'template.set' ? event.definition : null,
  }),
  views: [templatesView, versionsView, textsView],
})

const isSame = (one: TemplateDefinition, other: TemplateDefinition): boolean =>
  canonicalJson(one as unknown as Json) === canonicalJson(other as unknown as Json)

export const templateOf = (tenant: string, name: string): Address => ({
  tenant,
  home: tenantHome,
  kind: 'template',
  id: name,
})

const answerOf = (name: string, version: number, changed: boolean, { variables }: TemplateDefinition): Json => ({
  name,
  version,
  changed,
  variables: variables.map((variable) => variable.name),
})
