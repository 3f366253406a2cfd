import { actor, type DecideContext, type View } from '@hearth/kernel'
import { schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller, type Operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { assertZone } from './input.ts'
import { formatTimeOfDay, parseTimeOfDay, quietUntil, type QuietHours } from './quiet.ts'

/** What holds for all reminders of a home. */
interface Settings {
  /** Where its people are; null: where the server is. */
  readonly zone: string | null
  readonly quiet: (QuietHours & { readonly zone: string }) | null
}

interface ConfigureCommand {
  readonly type: 'configure'
  readonly zone?: string
  readonly quiet?: Settings['quiet']
}

interface SettingsChanged extends Settings {
  readonly type: 'reminder-settings.changed'
}

const kind = 'reminder-settings'
const id = 'all'

/** Where a home's settings are found by its other actors. */
export const settingsPlace = { kind, id }

const none: Settings = { zone: null, quiet: null }

const settingsView: View<Settings, SettingsChanged> = {
  name: 'reminder_settings',
  version: 1,
  columns: { zone: 'text', quietfrom: 'bigint', quietto: 'bigint', quietzone: 'text' },
  project: ({ zone, quiet }, _event, { address }) => [
    {
      type: 'put',
      key: address.id,
      row: {
        zone,
        quietfrom: quiet?.from ?? null,
        quietto: quiet?.to ?? null,
        quietzone: quiet?.zone ?? null,
      },
    },
  ],
}

export const settings = actor<Settings, ConfigureCommand, SettingsChanged>({
  kind,
  personal: true,
  initial: none,
  shape: 1,
  events: { 'reminder-settings.changed': [] },
  decide: (state, { zone, quiet }) => {
    // Whoever moves takes their nights along.
    const moved = state.quiet === null || zone === undefined ? state.quiet : { ...state.quiet, zone }
    const next: Settings = { zone: zone ?? state.zone, quiet: quiet === undefined ? moved : quiet }
    const same = JSON.stringify(next) === JSON.stringify(state)
    return {
      type: 'accept',
      events: same ? [] : [{ type: 'reminder-settings.changed', ...next }],
      answer: shown(next),
    }
  },
  evolve: (_state, { zone, quiet }) => ({ zone, quiet }),
  views: [settingsView],
})

/** Until when the home of a decision is not to be disturbed; null where it may be. */
export function quietAt(at: number, { beside }: DecideContext): number | null {
  const { quiet } = beside(kind, id) as Settings
  return quiet === null ? null : quietUntil(at, quiet, quiet.zone)
}

// Its form is checked by then.
const hoursOf = ({ from, to }: { readonly from: string; readonly to: string }): QuietHours => ({
  from: parseTimeOfDay(from) ?? 0,
  to: parseTimeOfDay(to) ?? 0,
})

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:00')
const output = z.object({
  zone: z.string().optional(),
  quiet: z.object({ from: z.string(), to: z.string(), zone: z.string() }).nullable(),
})

const shown = ({ zone, quiet }: Settings) => ({
  ...(zone === null ? {} : { zone }),
  quiet: quiet === null ? null : { from: formatTimeOfDay(quiet.from), to: formatTimeOfDay(quiet.to), zone: quiet.zone },
})

async function settingsOf({ principal, read }: Caller, home: string): Promise<Settings> {
  const [row] = await read.rows(settingsView, { tenant: principal.tenant, home, key: id, limit: 1 })
  if (row === undefined) return none
  const from = row['quietfrom']
  const quiet =
    from === null ? null : { from: Number(from), to: Number(row['quietto']), zone: String(row['quietzone']) }
  return { zone: row['zone'] === null ? null : String(row['zone']), quiet }
}

/** The zone in which a home's people are. */
export const zoneOf = async (caller: Caller, home: string): Promise<string> =>
  (await settingsOf(caller, home)).zone ?? caller.zone

const read = operation({
  name: 'reminders.settings',
  type: 'read',
  summary: 'Tell what holds for all reminders of a home: its zone, and when it is not to be disturbed.',
  input: z.strictObject({ home: schema.home() }),
  output,
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders/settings' },
  examples: [{ title: 'Mine', input: {} }],
  watches: [settingsView],
  read: async ({ home }, caller) => shown(await settingsOf(caller, home ?? caller.principal.home)),
})

const configure = operation({
  name: 'reminders.configure',
  type: 'command',
  summary: 'Say in which zone a home is, and from when to when its reminders are held back.',
  input: z.strictObject({
    zone: z.string().max(64).optional(),
    quiet: z.strictObject({ from: timeOfDay, to: timeOfDay }).nullable().optional(),
    home: schema.home(),
  }),
  output,
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'PATCH', path: '/reminders/settings' },
  examples: [
    { title: 'Quiet nights in Berlin', input: { zone: 'Europe/Berlin', quiet: { from: '22:00', to: '07:00' } } },
  ],
  command: async ({ zone, quiet, home: named }, caller) => {
    const home = named ?? caller.principal.home
    assertZone(zone)
    if (quiet != null && quiet.from === quiet.to) throw invalid('quiet', 'must end at another time than it begins')
    const hours = quiet == null ? quiet : { ...hoursOf(quiet), zone: zone ?? (await zoneOf(caller, home)) }
    return {
      address: { tenant: caller.principal.tenant, home, kind, id },
      command: {
        type: 'configure',
        ...(zone === undefined ? {} : { zone }),
        ...(hours === undefined ? {} : { quiet: hours }),
      },
    }
  },
})

export const settingsOperations: readonly Operation[] = [read, configure]
export { settingsView }
