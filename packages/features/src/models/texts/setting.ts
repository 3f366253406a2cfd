import { actor, refuse, type Decision } from '@hearth/kernel'
import type { Asker, OwnPattern, TextKeeping } from '@hearth/models'
import type { Address, Json } from '@hearth/protocol'
import { tenantHome } from '../../tenant.ts'
import { scopesOf } from '../scopes.ts'

/** What of the texts of calls is kept, and for how many days. */
export interface TextsSetting {
  readonly prompts: 'none' | TextKeeping
  readonly answers: 'none' | TextKeeping
  readonly days: number
}

export interface TextsDocument {
  /** By scope: `tenant`, or `home:`, `key:` or `agent:` and an id. The narrowest that a caller falls under counts, and no other. */
  readonly scopes: Readonly<Record<string, TextsSetting>>
  /** What is taken out besides, wherever it is taken out of something. */
  readonly patterns: readonly OwnPattern[]
}

type SetCommand =
  /** As if nobody had said where null. */
  | { readonly type: 'set'; readonly scope: string; readonly setting: TextsSetting | null }
  | { readonly type: 'set-patterns'; readonly patterns: readonly OwnPattern[] }

type SettingEvent =
  | { readonly type: 'texts.set'; readonly scope: string; readonly setting: TextsSetting | null }
  | { readonly type: 'texts.patterns-set'; readonly patterns: readonly OwnPattern[] }

/** Every process is told all of them at each change. */
const mostScopes = 1000

const nothing: TextsDocument = { scopes: {}, patterns: [] }

const documentName = 'models.texts'

export const textsSetting = actor<TextsDocument, SetCommand, SettingEvent>({
  kind: 'model-texts',
  personal: false,
  initial: nothing,
  shape: 1,
  events: { 'texts.set': [], 'texts.patterns-set': [] },
  decide: ({ scopes }, command): Decision<SettingEvent> => {
    if (command.type === 'set-patterns')
      return { type: 'accept', events: [{ type: 'texts.patterns-set', patterns: command.patterns }], answer: {} }
    const { scope, setting } = command
    if (setting !== null && !Object.hasOwn(scopes, scope) && Object.keys(scopes).length >= mostScopes)
      return refuse('texts.too-many', `There may be ${mostScopes} of them.`)
    return { type: 'accept', events: [{ type: 'texts.set', scope, setting }], answer: { scope } }
  },
  evolve: (state, event) => {
    if (event.type === 'texts.patterns-set') return { ...state, patterns: event.patterns }
    return { ...state, scopes: scopesAfter(state.scopes, event.scope, event.setting) }
  },
  reference: {
    name: documentName,
    // Where nothing is kept, calls look no further.
    of: (state) => (Object.keys(state.scopes).length + state.patterns.length === 0 ? null : (state as unknown as Json)),
  },
})

export const textsSettingOf = (tenant: string): Address => ({
  tenant,
  home: tenantHome,
  kind: 'model-texts',
  id: 'texts',
})

function scopesAfter(
  scopes: TextsDocument['scopes'],
  scope: string,
  setting: TextsSetting | null,
): TextsDocument['scopes'] {
  const { [scope]: _before, ...others } = scopes
  return setting === null ? others : { ...others, [scope]: setting }
}

export const withScope = (document: TextsDocument, scope: string, setting: TextsSetting | null): TextsDocument => ({
  ...document,
  scopes: scopesAfter(document.scopes, scope, setting),
})

/** Null where nobody has said anything. */
export const textsIn = (reference: (name: string) => Json | undefined): TextsDocument | null =>
  (reference(documentName) ?? null) as unknown as TextsDocument | null

export const hasTexts = (reference: (name: string) => Json | undefined, scope: string): boolean =>
  Object.hasOwn(textsIn(reference)?.scopes ?? {}, scope)

/** What holds for whoever asks: what is said of the narrowest that they fall under. Null: nothing is kept. */
export function settingFor(document: TextsDocument | null, asker: Asker): TextsSetting | null {
  if (document === null) return null
  const scope = scopesOf(asker).findLast((one) => Object.hasOwn(document.scopes, one))
  const setting = scope === undefined ? undefined : document.scopes[scope]
  return setting === undefined || (setting.prompts === 'none' && setting.answers === 'none') ? null : setting
}
