import type { Actor, Attachment, AttemptResult, EffectKind, LogRow, Repair, Tagged, View } from '@hearth/kernel'
import type { Sink } from '@hearth/models'
import type {
  Address,
  ErrorTable,
  HearthError,
  Json,
  LivePart,
  OperationDefinition,
  Position,
  Principal,
  Progressing,
} from '@hearth/protocol'
import type { EffectTools, Vault } from './effect-tools.ts'
import type { KnowingTools, KnownCallers } from './known-callers.ts'

export type * from './effect-tools.ts'

/** What an operation may use besides its input. */
export interface Caller {
  readonly principal: Principal
  /** The door's clock. What is decided counts the owner's. */
  readonly now: number
  /** The zone of whoever calls, where an input names none. */
  readonly zone: string
  readonly vault: Vault
  /** Whether the caller may name this address of the network. Throws `network.target-refused`. */
  assertReachable(url: URL): Promise<void>
  /** A document that an actor published for the whole tenant. */
  reference(name: string): Json | undefined
  /** An operation by its name, whoever may call it. */
  operation(name: string): Operation | undefined
  /** What a key of this server may be allowed to do. */
  readonly permissions: ReadonlySet<string>
  /** How actors of a kind are folded; undefined when no feature that is on has them. */
  actor(kind: string): Actor | undefined
  /** Tells whoever waits for the answer how it goes; undefined where nobody listens. */
  readonly part?: (part: LivePart) => void
  /** Compares a view with what the log leads to; undefined when there is no view of this name. */
  verifyView(
    name: string,
    progress?: Progressing,
  ): Promise<{ readonly rows: number; readonly different: number }> | undefined
  /** Builds a view anew from the log while commits go on; undefined when there is no view of this name. */
  rebuildView(name: string):
    | Promise<{
        readonly rows: number
        readonly events: number
        readonly kept: number
        readonly seconds: number
        readonly pausedMs: number
      }>
    | undefined
  /** Follows the chain of the whole log, through a checkpoint of before where one is given. */
  verifyLog(
    checkpoint: string | undefined,
    progress?: Progressing,
  ): Promise<{
    readonly rows: number
    readonly broken: readonly Position[]
    readonly checkpoint: string | null
    readonly publicKey: string
  }>
  /** Moves the oldest rows of the log to files. */
  archiveLog(how: { readonly before: number; readonly dryRun: boolean }): Promise<Archived>
  /** Reads the files of the archive, and wakes what waited for those that can be read. */
  checkArchive(): Promise<ArchiveCheck>
  /** Does something in the world now, in its turn, for an operation that is `attached`. Never rejects for what the other side did. */
  attach(attachment: Omit<Attachment, 'signal'>): Promise<AttemptResult>
  /** Copies everything, sealed, to a folder or `s3://…`; without one, to a new one where backups usually go. */
  makeBackup(to: string | undefined): Promise<{
    readonly folder: string
    readonly at: string
    readonly tables: number
    readonly rows: number
    readonly bytes: number
    readonly files: number
    readonly missing: number
  }>
  /** The whole ones where backups usually go, newest first. */
  listBackups(): Promise<readonly ListedBackup[]>
  readonly read: Reader
}

export interface ListedBackup {
  readonly name: string
  readonly folder: string
  readonly at: string
  readonly version: string
  /** Several may have theirs at one place. */
  readonly server: string
}

export interface Archived {
  readonly rows: number
  readonly bytes: number
  readonly files: number
}

export interface ArchiveCheck {
  readonly files: number
  readonly unreadable: readonly {
    readonly slot: number
    readonly first: number
    readonly last: number
    readonly hash: string
    readonly code: string
  }[]
  /** Effects that waited for a file and are owed again. */
  readonly woken: number
}

export interface ViewQuery {
  readonly tenant: string
  readonly home?: string
  readonly where?: Readonly<Record<string, string | number | boolean>>
  readonly key?: string
  /** Rows come in order of key, after this one. */
  readonly after?: string
  /** From the last on: then `after` is what they come before. */
  readonly backwards?: boolean
  readonly limit: number
}

export type ViewRow = Readonly<Record<string, string | number | boolean | null>> & {
  readonly key: string
  readonly home: string
}

export interface HistoryQuery {
  readonly tenant: string
  readonly home?: string
  readonly actor?: Address
  readonly after?: { readonly slot: number; readonly sequence: number }
  readonly limit: number
}

export interface HistoryEvent {
  readonly address: Address
  readonly slot: number
  readonly sequence: number
  readonly version: number
  readonly at: number
  readonly event: Tagged
  /** As it was written, since nothing here knows its form. */
  readonly opaque: boolean
  readonly causation: string
  readonly correlation: string
}

export interface EffectQuery {
  readonly tenant: string
  readonly state: 'owed' | 'waiting' | 'dead' | 'stuck'
  /** In the order of their ids, after this one. */
  readonly after?: string
  readonly limit: number
}

/** An effect that is not settled, or a command that was set aside, which has the kind `command`. */
export interface ListedEffect {
  readonly id: string
  readonly address: string
  readonly kind: string
  readonly due: number
  readonly attempt: number
  readonly failure: string | null
}

export interface EffectPlace {
  readonly address: string
  readonly state: EffectQuery['state']
}

/** The state of an actor after its row at `sequence`, as it was written down. */
export interface SavedState {
  readonly sequence: number
  readonly version: number
  readonly state: Json
}

/** Reads what is committed, for one tenant at a time. */
export interface Reader {
  rows(view: View, query: ViewQuery): Promise<readonly ViewRow[]>
  sum(view: View, tenant: string, columns: readonly string[]): Promise<readonly number[]>
  history(query: HistoryQuery): Promise<readonly HistoryEvent[]>
  /** The last one of an actor; null where there is none that is of use. */
  saved(address: Address): Promise<SavedState | null>
  effects(query: EffectQuery): Promise<readonly ListedEffect[]>
  /** One that is owed or set aside, by its id; undefined when there is none of this tenant. */
  effect(tenant: string, id: string): Promise<EffectPlace | undefined>
}

export type { LogRow }

export interface Commanded {
  readonly address: Address
  readonly command: Tagged
  /** Committed apart from all others. */
  readonly alone?: boolean
  /** It says what becomes of what was set aside, and is no command of its own. */
  readonly repairs?: Repair
}

export type Operation<I = unknown, O = unknown> = OperationDefinition<I, O> &
  (
    | {
        readonly type: 'command'
        /** It does something in the world before its command is decided: not done again for an answer that is kept. */
        readonly attached?: boolean
        command(input: I, caller: Caller): Commanded | Promise<Commanded>
      }
    | {
        readonly type: 'read'
        read(input: I, caller: Caller): Promise<O>
        /** What it answers may have to be deleted sooner than answers under idempotency keys are: it is read anew each time. */
        readonly fleeting?: true
        /**
         * The answer rests on these views of one home (the `home` of the input, else the caller's own) and on the input: not on who
         * asks, what else they may do, or the time. So it can be watched, and all who ask the same share one answer.
         */
        readonly watches?: readonly View[]
        /** Whoever watches it is also told what the turns of this actor of the home bring while they run. */
        hears?(input: I): Pick<Address, 'kind' | 'id'>
      }
  )

/** Forgets the types of one operation so that a door can hold all of them; it is only ever given input that its schema let through. */
export const operation = <I, O>(definition: Operation<I, O>): Operation => definition as unknown as Operation

/** A family that a feature counts itself. Its samples are named `hearth_` and this name. */
export interface CountedMetric {
  readonly name: string
  readonly type: 'counter' | 'histogram'
  readonly help: string
}

/** A path where clients of somebody else's protocol call. What it does is an effect like any other; no operation could say its form. */
export interface ForeignRoute {
  readonly method: 'GET' | 'POST'
  /** With fields as `{name}`; a `*` behind the last "/" is the rest of the path, as the field `*`. */
  readonly path: string
  readonly summary: string
  readonly permission: string
  /** Of the body, in bytes. */
  readonly mostBytes: number
  /** What it does on the way to an answer: see `Operation`. */
  readonly consequence: OperationDefinition['consequence']
  /** Below this path it refuses what no route takes, too: those who call there read no other form. */
  readonly refusesBelow?: string
  /** The header in which whoever sent these looks for the id of a request, beside `x-request-id`. */
  idHeader?(headers: ForeignRequest['headers']): string | undefined
  /** A refusal in the form of the protocol. */
  refused(
    error: HearthError,
    status: number,
    requestId: string,
    headers: ForeignRequest['headers'],
  ): { readonly status: number; readonly body: unknown }
  /** Resolves when the answer is on its way as far as it goes. Rejects with a `HearthError` where nothing of it has gone out. */
  answer(request: ForeignRequest, caller: Caller): Promise<void>
}

export interface ForeignRequest {
  readonly fields: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** The body, where it is JSON that can be taken in. Throws `door.…`. */
  json(): unknown
  readonly requestId: string
  /** Its `Idempotency-Key`, where it has one that can be one. */
  readonly key: string | undefined
  /** The HTTP status that stands for a code of Hearth's. */
  readonly statusOf: (code: string) => number
  readonly sink: Sink
}

/** How many there are of something, by the values of a label: in the status and in the metrics, as of this moment. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly label: string
  readonly values: readonly string[]
  read(tools: Pick<KnowingTools, 'tenants' | 'reference'>): Readonly<Record<string, number>>
}

/** One thing that Hearth can do. A folder exports one of these; nothing else has to know of it. */
export interface Feature {
  readonly name: string
  /** Off unless `HEARTH_FEATURES` names it. */
  readonly optional?: boolean
  readonly actors: readonly Actor[]
  readonly views: readonly View[]
  readonly operations: readonly Operation[]
  readonly foreign?: readonly ForeignRoute[]
  readonly errors: ErrorTable
  effects?(tools: EffectTools): readonly EffectKind[]
  /** Lets callers in who show a secret that this feature knows. */
  callers?(tools: KnowingTools): KnownCallers
  readonly gauges?: readonly Gauge[]
  readonly counted?: readonly CountedMetric[]
  /** What the log of the server says when an event of this type is committed by an actor that publishes a document. */
  readonly notices?: Readonly<Record<string, string>>
}

export type { Json }
export type * from './known-callers.ts'
