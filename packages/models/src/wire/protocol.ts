import type { HearthError } from '@hearth/protocol'
import type { ModelFailure } from '../failure.ts'
import type { ChatAnswer, ChatCall, ChatPart, Usage } from '../language.ts'
import type { ProtocolName } from '../provider.ts'

/** What a client asks, read from a request of its protocol. */
export interface WireCall {
  readonly model: string
  readonly stream: boolean
  readonly call: ChatCall
  /** What of the request shapes the answer's form alone. */
  readonly form: Readonly<Record<string, unknown>>
}

export interface AnswerFacts {
  /** Of the call, in the protocol's form of an id. */
  readonly id: string
  readonly model: string
  /** In ms since 1970. */
  readonly at: number
}

/** A protocol of model clients: the door's side of it. Nothing in here waits, and nothing knows of HTTP but for statuses. */
export interface WireProtocol {
  readonly name: ProtocolName
  /** Throws `HearthError` `input.invalid` with issues where the request is not one of this protocol, `models.not-supported` where it asks for what the gateway does not do. */
  read(body: unknown): WireCall
  /** The body of an answer that came whole. */
  whole(asked: WireCall, answer: ChatAnswer, facts: AnswerFacts): unknown
  /** Encodes one answer as it comes. */
  streaming(asked: WireCall, facts: AnswerFacts): WireStream
  /** A failure in the form that the protocol's clients understand. `retryAfterSeconds` goes into the header `retry-after`. */
  failed(failure: WireFailure, requestId: string): { readonly status: number; readonly body: unknown }
  /** Follows what a provider that speaks this protocol answers, without changing it. */
  meter(): WireMeter
  /** Follows a stream so closely that another model can go on with it; absent where none can. */
  follow?(): WireFollower
}

/** A refusal of Hearth's, or how a model failed. */
export type WireFailure =
  | { readonly type: 'refusal'; readonly error: HearthError; readonly status: number }
  | { readonly type: 'model'; readonly failure: ModelFailure }

/** Texts are events of `text/event-stream`, whole ones, ready to be sent; empty where there is nothing to say. */
export interface WireStream {
  push(part: ChatPart): string
  /** After the last part. Says how the stream ends in the protocol's own way. */
  end(): string
  /** The answer broke off after its first event. */
  fail(failure: WireFailure): string
}

/** Is told of each event of a stream that has gone out whole, in order. Never throws. */
export interface WireFollower {
  event(name: string | undefined, data: string): void
  /** What came was an error in the place of a part of the answer: the client has not seen that one. */
  hasFailed(): boolean
  /** Null where nobody can go on with it: more than text was said, or something was told of the text that would no longer hold. */
  followed(): Followed | null
}

/** As far as an answer has come. */
export interface Followed {
  readonly text: string
  /** The text that is not closed yet, by its id in what `stream` takes; null: there is none. */
  readonly open: string | null
  /** Encodes what comes behind the last event that was followed. */
  stream(asked: WireCall): WireStream
}

/** Reads usage and end of an answer from the bytes that pass. Never throws: what it does not understand it passes over. */
export interface WireMeter {
  /** Of a body that came whole. */
  whole(body: Buffer): Metered
  /** Of a stream, chunk by chunk as they come, cut anywhere. */
  push(chunk: Uint8Array): void
  /** What was seen so far. */
  read(): Metered
  /** Whether a stream has held what no client could read. */
  isGarbled(): boolean
  /** Of a stream: what it lacks, as text, where its answer was said to be complete, and else null. */
  lacks(): string | null
}

export interface Metered {
  readonly usage: Usage | undefined
  /** The protocol's own word. */
  readonly finish: string | undefined
  /** Whether the answer came to its end as the protocol says. */
  readonly ended: boolean
  /** Whether a token of the answer has come. */
  readonly began: boolean
  /** An error in the place of an answer, or in the middle of it. */
  readonly error: ModelFailure | undefined
}
