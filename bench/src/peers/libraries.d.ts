// What the peers' servers use of libraries that are installed in bench/ only: the tree is checked without them.

declare module '@dbos-inc/dbos-sdk' {
  interface Handle {
    getResult(): Promise<unknown>
  }
  export const DBOS: {
    readonly workflowID: string | undefined
    setConfig(config: { name: string; systemDatabasePool: unknown; logLevel: string }): void
    launch(): Promise<void>
    registerWorkflow<Words extends unknown[]>(
      workflow: (...words: Words) => Promise<void>,
      options: { name: string },
    ): (...words: Words) => Promise<void>
    startWorkflow<Words extends unknown[]>(
      workflow: (...words: Words) => Promise<void>,
      options: { workflowID: string },
    ): (...words: Words) => Promise<Handle>
    runStep<Result>(step: () => Promise<Result>, options: { name: string }): Promise<Result>
  }
}

declare module 'pg' {
  export interface Client {
    query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
    query(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[] }>
    release(error?: Error): void
  }
  export class Pool {
    constructor(options: object)
    query: Client['query']
    connect(): Promise<Client>
    on(event: 'error', listener: (error: Error) => void): void
  }
}

declare module 'pg-boss' {
  interface Database {
    executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  }
  export class PgBoss {
    constructor(options: object)
    on(event: 'error', listener: (error: Error) => void): void
    start(): Promise<void>
    createQueue(name: string): Promise<void>
    insert(name: string, jobs: readonly { data: object }[], options: { db: Database }): Promise<unknown>
    work(name: string, options: object, handler: () => Promise<void>): Promise<string>
  }
}

declare module 'bullmq' {
  export class Queue {
    constructor(name: string, options: object)
    waitUntilReady(): Promise<unknown>
    add(name: string, data: object, options?: { jobId?: string }): Promise<unknown>
  }
  export class Worker {
    constructor(
      name: string,
      work: (job: { data: { stream: string; events: number } }) => Promise<unknown>,
      options: object,
    )
    waitUntilReady(): Promise<unknown>
    on(event: 'error', listener: (error: Error) => void): void
  }
}

declare module 'ioredis' {
  interface Pipeline {
    rpush(key: string, ...values: string[]): this
    hincrby(key: string, field: string, by: number): this
    llen(key: string): this
    exec(): Promise<[Error | null, unknown][] | null>
  }
  export class Redis {
    constructor(options: object)
    on(event: 'error', listener: (error: Error) => void): void
    ping(): Promise<string>
    multi(): Pipeline
    pipeline(): Pipeline
    llen(key: string): Promise<number>
    zcard(key: string): Promise<number>
    hkeys(key: string): Promise<string[]>
    disconnect(): void
  }
}

declare module '@restatedev/restate-sdk' {
  interface ObjectContext {
    readonly key: string
    get<Value>(name: string): Promise<Value | null>
    set(name: string, value: unknown): void
    run<Result>(name: string, action: () => Promise<Result>): Promise<Result>
  }
  export function object<Name extends string>(definition: {
    name: Name
    handlers: Record<string, (context: ObjectContext, input: { stream: string; events: number }) => Promise<unknown>>
    options?: object
  }): { readonly name: Name }
  export function serve(options: { services: readonly object[]; port: number; logger: () => void }): Promise<number>
}
