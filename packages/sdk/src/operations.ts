// Made from the operations of the features by npm run generate.
/* oxlint-disable eslint/max-lines */

/** RFC 3339, in UTC. */
export type Instant = string

/**
 * Every operation by its name. `type` is `read` where a call changes nothing. Operations of features that are not Hearth's own
 * can be added to it by declaring it again.
 */
export interface Operations {
  /** Say what changed in what an actor knew between two moments, as a JSON patch with what was there before. */
  'actors.diff': {
    readonly type: 'read'
    readonly input: {
      readonly actor: string
      readonly fromAt?: string | undefined
      readonly fromPosition?: string | undefined
      readonly toAt?: string | undefined
      readonly toPosition?: string | undefined
    }
    readonly output: {
      readonly from: string | null
      readonly to: string | null
      readonly changes: readonly {
        readonly op: 'add' | 'remove' | 'replace'
        readonly path: string
        readonly value?: unknown
        readonly was?: unknown
      }[]
    }
  }
  /** Say what commands would lead to on an actor’s home as it stood at a moment. Nothing is kept, and nothing is run. */
  'actors.fork': {
    readonly type: 'read'
    readonly input: {
      readonly actor: string
      readonly at?: string | undefined
      readonly position?: string | undefined
      readonly calls: readonly {
        readonly operation: string
        readonly input: unknown
      }[]
    }
    readonly output: {
      readonly from: string | null
      readonly answers: readonly {
        readonly code: string | null
        readonly output: unknown
      }[]
      readonly events: readonly {
        readonly position: string
        readonly actor: string
        readonly type: string
        readonly data: unknown
      }[]
      readonly asked: readonly {
        readonly actor: string
        readonly kind: string
        readonly due: Instant
      }[]
      readonly state: unknown
      readonly changes: readonly {
        readonly op: 'add' | 'remove' | 'replace'
        readonly path: string
        readonly value?: unknown
        readonly was?: unknown
      }[]
    }
  }
  /** Say what an actor knew, now or after any of its events. */
  'actors.state': {
    readonly type: 'read'
    readonly input: {
      readonly actor: string
      readonly at?: string | undefined
      readonly position?: string | undefined
    }
    readonly output: {
      readonly state: unknown
      readonly position: string | null
    }
  }
  /** The whole backups where they usually go, newest first. */
  'backup.list': {
    readonly type: 'read'
    readonly input: Readonly<Record<string, never>>
    readonly output: {
      readonly items: readonly {
        readonly name: string
        readonly folder: string
        readonly at: string
        readonly version: string
        readonly server: string
      }[]
      readonly next: string | null
    }
  }
  /** Copy everything, sealed, as it stands at one moment, to a folder of the server’s machine or S3-compatible storage. */
  'backup.make': {
    readonly type: 'command'
    readonly input: {
      readonly to?: string | undefined
    }
    readonly output: {
      readonly folder: string
      readonly tables: number
      readonly rows: number
      readonly files: number
      readonly missing: number
      readonly at: string
      readonly bytes: number
    }
  }
  /** List the budgets: their limits, and what was spent of them. */
  'budgets.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly scope: string
        readonly limits: readonly {
          readonly usd: number
          readonly per: 'day' | 'month' | 'total'
          readonly kind: 'hard' | 'soft'
        }[]
        readonly spent: {
          readonly day: number
          readonly month: number
          readonly total: number
        }
        readonly held: number
        readonly lost: number
      }[]
      readonly next: string | null
    }
  }
  /** Give back to a budget what was counted as spent since a process ended without a word, and was not. */
  'budgets.reconcile': {
    readonly type: 'command'
    readonly input: {
      readonly scope: string
      readonly usd: number
    }
    readonly output: {
      readonly scope: string
    }
  }
  /** Limit what models may cost: of the whole server, of a home, of a key. Nothing goes beyond a hard limit; that a soft one is passed is told. */
  'budgets.set': {
    readonly type: 'command'
    readonly input: {
      readonly scope: string
      readonly limits: readonly {
        readonly usd: number
        readonly per: 'day' | 'month' | 'total'
        readonly kind?: 'hard' | 'soft' | undefined
      }[]
    }
    readonly output: {
      readonly scope: string
    }
  }
  /** Which answers of models are kept; null where nobody has said. */
  'caches.get': {
    readonly type: 'read'
    readonly input: Readonly<Record<string, never>>
    readonly output: {
      readonly caches: {
        readonly when?: 'always' | 'asked' | 'never'
        readonly scope?: 'key' | 'home' | 'tenant'
        readonly seconds?: number
        readonly sampled?: boolean
        readonly semantic?: {
          readonly threshold?: number
          readonly model?: string
        }
        readonly prompts?: boolean
      } | null
    }
  }
  /** Say which answers of models are kept, for how long, and who is answered with them. What was kept before is forgotten, also where the same is set again. Null: those alone that a call asks to be kept. */
  'caches.set': {
    readonly type: 'command'
    readonly input: {
      readonly caches: {
        readonly when?: 'always' | 'asked' | 'never' | undefined
        readonly scope?: 'key' | 'home' | 'tenant' | undefined
        readonly seconds?: number | undefined
        readonly sampled?: boolean | undefined
        readonly semantic?: {
          readonly threshold?: number | undefined
          readonly model?: string | undefined
        } | undefined
        readonly prompts?: boolean | undefined
      } | null
    }
    readonly output: Readonly<Record<string, never>>
  }
  /** Give one call of a model. What was said in it comes with it where it is kept, for the owner and for keys with the scope texts.read. */
  'calls.get': {
    readonly type: 'read'
    readonly input: {
      readonly id: string
    }
    readonly output: {
      readonly id: string
      readonly at: Instant
      readonly home: string
      readonly caller: string
      readonly callerKind: string
      readonly requestId: string
      readonly door: string
      readonly asked: string
      readonly template?: string
      readonly provider: string | null
      readonly model: string | null
      readonly version?: string
      readonly streamed: boolean
      readonly passed: boolean
      readonly outcome: string
      readonly detail?: string
      readonly inputTokens: number | null
      readonly outputTokens: number | null
      readonly cachedTokens: number | null
      readonly reasoningTokens: number | null
      readonly costUsd?: string
      readonly ms: number
      readonly firstMs: number | null
      readonly cache?: string
      readonly savedTokens?: number
      readonly savedUsd?: string
      readonly continued?: number
      readonly attempts: readonly {
        readonly provider: string
        readonly model: string
        readonly outcome: string
        readonly ms: number
        readonly status?: number
        readonly together?: number
      }[]
      readonly textsState: 'kept' | 'none' | 'gone' | 'hidden'
      readonly texts: {
        readonly prompts: 'none' | 'redacted' | 'whole'
        readonly answers: 'none' | 'redacted' | 'whole'
        readonly prompt: unknown
        readonly answer: unknown
        readonly until: Instant
      } | null
    }
  }
  /** List the calls of models, the last first: who asked whom, what came of it, what it took and cost. */
  'calls.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
      readonly provider?: string | undefined
      readonly outcome?: string | undefined
      readonly caller?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly at: Instant
        readonly home: string
        readonly caller: string
        readonly callerKind: string
        readonly requestId: string
        readonly door: string
        readonly asked: string
        readonly template?: string
        readonly provider: string | null
        readonly model: string | null
        readonly version?: string
        readonly streamed: boolean
        readonly passed: boolean
        readonly outcome: string
        readonly detail?: string
        readonly inputTokens: number | null
        readonly outputTokens: number | null
        readonly cachedTokens: number | null
        readonly reasoningTokens: number | null
        readonly costUsd?: string
        readonly ms: number
        readonly firstMs: number | null
        readonly cache?: string
        readonly savedTokens?: number
        readonly savedUsd?: string
        readonly continued?: number
        readonly attempts: readonly {
          readonly provider: string
          readonly model: string
          readonly outcome: string
          readonly ms: number
          readonly status?: number
          readonly together?: number
        }[]
      }[]
      readonly next: string | null
    }
  }
  /** List what is owed to the world, and what was set aside for a person to see. */
  'effects.list': {
    readonly type: 'read'
    readonly input: {
      readonly state: 'owed' | 'waiting' | 'dead' | 'stuck'
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly actor: string
        readonly kind: string
        readonly due: Instant
        readonly attempt: number
        readonly failure: string | null
      }[]
      readonly next: string | null
    }
  }
  /** Say what becomes of what was set aside: it is run again, or it counts as done or as failed. */
  'effects.replay': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly as?: 'again' | 'done' | 'failed' | undefined
    }
    readonly output: {
      readonly id: string
      readonly state: 'owed' | 'settled'
    }
  }
  /** List what happened in a home or to one actor, oldest first. */
  'events.list': {
    readonly type: 'read'
    readonly input: {
      readonly home?: string | undefined
      readonly actor?: string | undefined
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly position: string
        readonly actor: string
        readonly version: number
        readonly type: string
        readonly at: Instant
        readonly data: unknown
        readonly causation: string
        readonly correlation: string
      }[]
      readonly next: string | null
    }
  }
  /** Change what a key is called, may do, how long and how often. What is not named stays. */
  'keys.change': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly name?: string | undefined
      readonly scopes?: readonly string[] | undefined
      readonly expires?: string | null | undefined
      readonly rate?: {
        readonly requests: number
        readonly per: 'second' | 'minute' | 'hour'
      } | null | undefined
      readonly budget?: {
        readonly usd: number
        readonly per: 'day' | 'month' | 'total'
      } | null | undefined
      readonly models?: readonly string[] | null | undefined
    }
    readonly output: {
      readonly id: string
    }
  }
  /** Create a key for a program or a person: what it may do, where, until when and how often. */
  'keys.create': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly home?: string | undefined
      readonly scopes?: readonly string[] | undefined
      readonly expires?: string | undefined
      readonly rate?: {
        readonly requests: number
        readonly per: 'second' | 'minute' | 'hour'
      } | undefined
      readonly budget?: {
        readonly usd: number
        readonly per: 'day' | 'month' | 'total'
      } | undefined
      readonly models?: readonly string[] | undefined
    }
    readonly output: {
      readonly id: string
      readonly key: string
    }
  }
  /** List the keys, oldest first, without their secrets. */
  'keys.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly name: string
        readonly scopes: readonly string[]
        readonly home?: string
        readonly created: Instant
        readonly expires?: Instant
        readonly rate?: {
          readonly requests: number
          readonly per: 'second' | 'minute' | 'hour'
        }
        readonly state: 'active' | 'expired' | 'revoked'
        readonly used?: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Revoke a key for good: from this answer on, nobody is let in with it. */
  'keys.revoke': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
    }
    readonly output: {
      readonly id: string
    }
  }
  /** Give a key a new secret; the former one stays good for as long as is said, else not at all. */
  'keys.rotate': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly overlap?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly key: string
    }
  }
  /** Move what came before a time, or is older than so many days, from the log to compressed files that replay. */
  'log.archive': {
    readonly type: 'command'
    readonly input: {
      readonly before?: string | undefined
      readonly days?: number | undefined
      readonly dryRun?: boolean | undefined
    }
    readonly output: {
      readonly rows: number
      readonly bytes: number
      readonly files: number
    }
  }
  /** Read every file of the archive, say which are missing or damaged, and wake what waited for those put back. */
  'log.checkArchive': {
    readonly type: 'command'
    readonly input: Readonly<Record<string, never>>
    readonly output: {
      readonly files: number
      readonly unreadable: readonly {
        readonly slot: number
        readonly first: number
        readonly last: number
        readonly hash: string
        readonly code: string
      }[]
      readonly woken: number
    }
  }
  /** Follow the chain of the whole log, also through a checkpoint of before, and give a signed checkpoint of what was found. */
  'log.verify': {
    readonly type: 'read'
    readonly input: {
      readonly checkpoint?: string | undefined
    }
    readonly output: {
      readonly rows: number
      readonly broken: readonly string[]
      readonly checkpoint: string | null
      readonly publicKey: string
    }
  }
  /** Add a model that runs here, from a file of the machine of the server, as a provider with this one model. For the owner, and for keys with the scope files.local. */
  'models.add': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly file: string
      readonly context?: number | undefined
    }
    readonly output: {
      readonly name: string
      readonly architecture: string
      readonly quantization: string
      readonly context: number
    }
  }
  /** Say what a model of a provider is: what it costs, holds and can, where it runs, how good it was found. It counts before what is known of it. With a version it is a model of your own. What is absent stays as it was. */
  'models.declare': {
    readonly type: 'command'
    readonly input: {
      readonly provider: string
      readonly model: string
      readonly version?: string | undefined
      readonly id?: string | undefined
      readonly state?: 'trial' | 'promoted' | 'retired' | undefined
      readonly facts?: {
        readonly type?: 'chat' | 'embedding' | 'rerank' | undefined
        readonly aliases?: readonly string[] | undefined
        readonly context?: number | undefined
        readonly input?: number | undefined
        readonly output?: number | undefined
        readonly gives?: readonly ('text' | 'image' | 'audio' | 'video')[] | undefined
        readonly can?: {
          readonly tools?: boolean | undefined
          readonly parallelTools?: boolean | undefined
          readonly structured?: 'schema' | 'json' | 'none' | undefined
          readonly streaming?: boolean | undefined
          readonly images?: boolean | undefined
          readonly audio?: boolean | undefined
          readonly pdf?: boolean | undefined
          readonly video?: boolean | undefined
          readonly reasoning?: boolean | undefined
          readonly logprobs?: boolean | undefined
          readonly caching?: boolean | undefined
        } | undefined
        readonly prices?: {
          readonly input?: number | undefined
          readonly cacheRead?: number | undefined
          readonly cacheWrite?: number | undefined
          readonly cacheWriteHour?: number | undefined
          readonly audioInput?: number | undefined
          readonly output?: number | undefined
          readonly reasoning?: number | undefined
          readonly audioOutput?: number | undefined
          readonly search?: number | undefined
          readonly long?: readonly {
            readonly above: number
            readonly input?: number | undefined
            readonly cacheRead?: number | undefined
            readonly cacheWrite?: number | undefined
            readonly cacheWriteHour?: number | undefined
            readonly audioInput?: number | undefined
            readonly output?: number | undefined
            readonly reasoning?: number | undefined
            readonly audioOutput?: number | undefined
            readonly search?: number | undefined
          }[] | undefined
          readonly batch?: {
            readonly input?: number | undefined
            readonly cacheRead?: number | undefined
            readonly cacheWrite?: number | undefined
            readonly cacheWriteHour?: number | undefined
            readonly audioInput?: number | undefined
            readonly output?: number | undefined
            readonly reasoning?: number | undefined
            readonly audioOutput?: number | undefined
            readonly search?: number | undefined
            readonly long?: readonly {
              readonly above: number
              readonly input?: number | undefined
              readonly cacheRead?: number | undefined
              readonly cacheWrite?: number | undefined
              readonly cacheWriteHour?: number | undefined
              readonly audioInput?: number | undefined
              readonly output?: number | undefined
              readonly reasoning?: number | undefined
              readonly audioOutput?: number | undefined
              readonly search?: number | undefined
            }[] | undefined
          } | undefined
        } | undefined
        readonly embedding?: {
          readonly dimensions?: number | undefined
          readonly inputs?: number | undefined
        } | undefined
        readonly regions?: readonly string[] | undefined
        readonly dataPolicy?: 'no-training' | 'zero-retention' | 'own' | undefined
        readonly quality?: readonly {
          readonly task: string
          readonly score: number
          readonly source: string
        }[] | undefined
        readonly until?: string | undefined
        readonly source?: string | undefined
      } | undefined
      readonly note?: string | undefined
    }
    readonly output: {
      readonly provider: string
      readonly model: string
      readonly version?: string
      readonly state?: 'trial' | 'promoted' | 'retired'
    }
  }
  /** List what was said of models: of each version, whether it is on trial, promoted or retired, and who said it. */
  'models.declared': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly provider: string
        readonly model: string
        readonly version?: string
        readonly called?: string
        readonly state?: 'trial' | 'promoted' | 'retired'
        readonly facts: {
          readonly type?: 'chat' | 'embedding' | 'rerank'
          readonly aliases?: readonly string[]
          readonly context?: number
          readonly input?: number
          readonly output?: number
          readonly gives?: readonly ('text' | 'image' | 'audio' | 'video')[]
          readonly can?: {
            readonly tools?: boolean
            readonly parallelTools?: boolean
            readonly structured?: 'schema' | 'json' | 'none'
            readonly streaming?: boolean
            readonly images?: boolean
            readonly audio?: boolean
            readonly pdf?: boolean
            readonly video?: boolean
            readonly reasoning?: boolean
            readonly logprobs?: boolean
            readonly caching?: boolean
          }
          readonly prices?: {
            readonly input?: number
            readonly cacheRead?: number
            readonly cacheWrite?: number
            readonly cacheWriteHour?: number
            readonly audioInput?: number
            readonly output?: number
            readonly reasoning?: number
            readonly audioOutput?: number
            readonly search?: number
            readonly long?: readonly {
              readonly above: number
              readonly input?: number
              readonly cacheRead?: number
              readonly cacheWrite?: number
              readonly cacheWriteHour?: number
              readonly audioInput?: number
              readonly output?: number
              readonly reasoning?: number
              readonly audioOutput?: number
              readonly search?: number
            }[]
            readonly batch?: {
              readonly input?: number
              readonly cacheRead?: number
              readonly cacheWrite?: number
              readonly cacheWriteHour?: number
              readonly audioInput?: number
              readonly output?: number
              readonly reasoning?: number
              readonly audioOutput?: number
              readonly search?: number
              readonly long?: readonly {
                readonly above: number
                readonly input?: number
                readonly cacheRead?: number
                readonly cacheWrite?: number
                readonly cacheWriteHour?: number
                readonly audioInput?: number
                readonly output?: number
                readonly reasoning?: number
                readonly audioOutput?: number
                readonly search?: number
              }[]
            }
          }
          readonly embedding?: {
            readonly dimensions?: number
            readonly inputs?: number
          }
          readonly regions?: readonly string[]
          readonly dataPolicy?: 'no-training' | 'zero-retention' | 'own'
          readonly quality?: readonly {
            readonly task: string
            readonly score: number
            readonly source: string
          }[]
          readonly until?: string
          readonly source?: string
        }
        readonly note?: string
        readonly at: Instant
        readonly by: string
      }[]
      readonly next: string | null
    }
  }
  /** List the models that can be called: those of the providers that were added, and those that are there without. */
  'models.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
      readonly provider?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly provider: string
        readonly kind: string
        readonly model: string
        readonly known: boolean
        readonly version?: string
        readonly context?: number
        readonly output?: number
        readonly inputUsd?: string
        readonly outputUsd?: string
        readonly cachedUsd?: string
        readonly regions?: readonly string[]
        readonly dataPolicy?: string
        readonly quality?: readonly {
          readonly task: string
          readonly score: number
          readonly source: string
        }[]
      }[]
      readonly next: string | null
    }
  }
  /** Ask a provider for its models now, and keep what it says: their names, and how much they hold. */
  'models.refresh': {
    readonly type: 'command'
    readonly input: {
      readonly provider: string
    }
    readonly output: {
      readonly provider: string
      readonly models: number
      readonly left: number
    }
  }
  /** Take back what was said of a model: of one version of it, or all. */
  'models.undeclare': {
    readonly type: 'command'
    readonly input: {
      readonly provider: string
      readonly model: string
      readonly version?: string | undefined
    }
    readonly output: {
      readonly provider: string
      readonly model: string
    }
  }
  /** Give everything that is held of a person: all events of their home, oldest first. */
  'people.export': {
    readonly type: 'read'
    readonly input: {
      readonly person: string
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly position: string
        readonly actor: string
        readonly type: string
        readonly at: Instant
        readonly data: unknown
      }[]
      readonly next: string | null
    }
  }
  /** Forget a person for good: their key is destroyed, and with it all that was sealed for them. */
  'people.forget': {
    readonly type: 'command'
    readonly input: {
      readonly person: string
    }
    readonly output: {
      readonly person: string
    }
  }
  /** Count the events and settled effects of one stream or of all. Only with `HEARTH_FEATURES=probe`. */
  'probe.read': {
    readonly type: 'read'
    readonly input: {
      readonly stream?: string | undefined
    }
    readonly output: {
      readonly count: number
      readonly settled: number
    }
  }
  /** Write events, one view row and one effect to a stream: a load to measure with. Only with `HEARTH_FEATURES=probe`. */
  'probe.record': {
    readonly type: 'command'
    readonly input: {
      readonly stream: string
      readonly events: number
      readonly effect?: string | undefined
    }
    readonly output: {
      readonly count: number
    }
  }
  /** Say so many words, so fast, to whoever waits: parts of a call to measure with. Only with `HEARTH_FEATURES=probe`. */
  'probe.say': {
    readonly type: 'command'
    readonly input: {
      readonly words: number
      readonly perSecond: number
    }
    readonly output: {
      readonly text: string
    }
  }
  /** Begin a turn whose one step says so many words, so fast: a load of live parts to measure with. Only with `HEARTH_FEATURES=probe`. */
  'probe.speak': {
    readonly type: 'command'
    readonly input: {
      readonly stream: string
      readonly words: number
      readonly perSecond: number
      readonly failAfter?: number | undefined
    }
    readonly output: {
      readonly turn: string
    }
  }
  /** List the turns of a stream, the last first; watched, it tells what they say while they do. Only with `HEARTH_FEATURES=probe`. */
  'probe.spoken': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly home?: string | undefined
      readonly stream: string
    }
    readonly output: {
      readonly items: readonly {
        readonly turn: string
        readonly text: string | null
      }[]
    }
  }
  /** Add a provider of models, in place of the one of the same name. Its keys are sealed and never shown again. */
  'providers.add': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly kind: 'anthropic' | 'bedrock' | 'cohere' | 'jina' | 'voyage' | 'tei' | 'github-copilot' | 'google' | 'openai' | 'azure-openai' | 'bedrock-openai' | 'cerebras' | 'deepinfra' | 'deepseek' | 'fireworks' | 'github-models' | 'groq' | 'hugging-face' | 'llama-cpp' | 'lm-studio' | 'mistral' | 'ollama' | 'openai-compatible' | 'openrouter' | 'sglang' | 'tabbyapi' | 'tgi' | 'together' | 'vllm' | 'xai' | 'watsonx'
      readonly baseUrl?: string | undefined
      readonly key?: string | undefined
      readonly keys?: readonly string[] | undefined
      readonly options?: {
        readonly exchange?: string | undefined
        readonly iam?: string | undefined
        readonly integration?: string | undefined
        readonly project?: string | undefined
        readonly region?: string | undefined
        readonly space?: string | undefined
        readonly version?: string | undefined
      } | undefined
      readonly models?: readonly string[] | undefined
      readonly concurrency?: number | undefined
      readonly patience?: {
        readonly headMs?: number | undefined
        readonly idleMs?: number | undefined
      } | undefined
    }
    readonly output: {
      readonly name: string
    }
  }
  /** List the providers that were added, without their keys. */
  'providers.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly name: string
        readonly kind: string
        readonly baseUrl: string | null
        readonly keys: number
        readonly models: readonly string[] | null
        readonly file?: string
        readonly concurrency?: number
        readonly patience?: {
          readonly headMs?: number
          readonly idleMs?: number
        }
        readonly options?: {
          readonly exchange?: string
          readonly iam?: string
          readonly integration?: string
          readonly project?: string
          readonly region?: string
          readonly space?: string
          readonly version?: string
        }
        readonly added: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Remove a provider with its keys. Calls that are under way there come to their end. */
  'providers.remove': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
    }
    readonly output: {
      readonly name: string
    }
  }
  /** Ask a provider for its models now, once, and tell how it went. */
  'providers.test': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
    }
    readonly output: {
      readonly ok: boolean
      readonly ms: number
      readonly models?: readonly string[]
      readonly reason?: string
    }
  }
  /** List how much may be asked of models in a minute, by scope. */
  'rates.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly scope: string
        readonly requests: number | null
        readonly tokens: number | null
      }[]
      readonly next: string | null
    }
  }
  /** Limit how much may be asked of models in a minute: requests, tokens or both, of the whole server, of a home, of a key. Null lets go of a limit. */
  'rates.set': {
    readonly type: 'command'
    readonly input: {
      readonly scope: string
      readonly requests?: number | null | undefined
      readonly tokens?: number | null | undefined
    }
    readonly output: {
      readonly scope: string
    }
  }
  /** Let another home set reminders in this one. */
  'reminders.allow': {
    readonly type: 'command'
    readonly input: {
      readonly sender: string
      readonly home?: string | undefined
    }
    readonly output: {
      readonly sender: string
      readonly may: boolean
    }
  }
  /** Cancel a reminder: it rings no more. */
  'reminders.cancel': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly home?: string | undefined
    }
    readonly output: {
      readonly id: string
    }
  }
  /** Change what a reminder says, when it rings or how. What is not named stays; what has rung does not ring again. */
  'reminders.change': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly text?: string | undefined
      readonly at?: string | undefined
      readonly rule?: string | undefined
      readonly start?: string | undefined
      readonly zone?: string | undefined
      readonly catchUp?: 'once' | 'skip' | 'each' | undefined
      readonly except?: readonly string[] | undefined
      readonly nag?: {
        readonly every: string
        readonly times?: number | undefined
      } | null | undefined
      readonly urgent?: boolean | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly next: Instant | null
    }
  }
  /** Say in which zone a home is, and from when to when its reminders are held back. */
  'reminders.configure': {
    readonly type: 'command'
    readonly input: {
      readonly zone?: string | undefined
      readonly quiet?: {
        readonly from: string
        readonly to: string
      } | null | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly zone?: string
      readonly quiet: {
        readonly from: string
        readonly to: string
        readonly zone: string
      } | null
    }
  }
  /** Say that what a reminder reminded of is done: it does not nag any more. What recurs goes on. */
  'reminders.done': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly next?: boolean | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly id: string
    }
  }
  /** Give one reminder. */
  'reminders.get': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly id: string
      readonly home?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly text: string
      readonly next: Instant | null
      readonly rule?: string
      readonly zone: string
      readonly state: 'scheduled' | 'rung' | 'snoozed' | 'done' | 'cancelled'
      readonly rung: Instant | null
      readonly at?: Instant
      readonly start?: string
      readonly except?: readonly string[]
      readonly catchUp: 'once' | 'skip' | 'each'
      readonly nag?: {
        readonly every: string
        readonly times: number
      }
      readonly urgent?: boolean
      readonly from?: string
    }
  }
  /** List the reminders of a home, oldest first. */
  'reminders.list': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
      readonly state?: 'scheduled' | 'rung' | 'snoozed' | 'done' | 'cancelled' | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly text: string
        readonly next: Instant | null
        readonly rule?: string
        readonly zone: string
        readonly state: 'scheduled' | 'rung' | 'snoozed' | 'done' | 'cancelled'
        readonly rung: Instant | null
        readonly at?: Instant
        readonly start?: string
        readonly except?: readonly string[]
        readonly catchUp: 'once' | 'skip' | 'each'
        readonly nag?: {
          readonly every: string
          readonly times: number
        }
        readonly urgent?: boolean
        readonly from?: string
      }[]
      readonly next: string | null
    }
  }
  /** The ledger of a reminder: every occurrence that rang. */
  'reminders.occurrences': {
    readonly type: 'read'
    readonly input: {
      readonly id: string
      readonly home?: string | undefined
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly occurrence: string
        readonly due: Instant
        readonly rungAt?: Instant
        readonly late: boolean
      }[]
      readonly next: string | null
    }
  }
  /** Tell when a rule would ring, without setting anything. */
  'reminders.preview': {
    readonly type: 'read'
    readonly input: {
      readonly rule: string
      readonly start: string
      readonly zone?: string | undefined
      readonly from?: string | undefined
      readonly count: number
      readonly except?: readonly string[] | undefined
    }
    readonly output: {
      readonly occurrences: readonly Instant[]
    }
  }
  /** Take back a reminder that was sent to another home; what has rung there stays rung. */
  'reminders.recall': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly home?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly state: 'sent' | 'accepted' | 'refused' | 'timed-out' | 'withdrawn'
    }
  }
  /** List the reminders that other homes have set in this one. */
  'reminders.received': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly from: string
        readonly text: string
        readonly at: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Let another home set no reminders in this one any more. */
  'reminders.refuse': {
    readonly type: 'command'
    readonly input: {
      readonly sender: string
      readonly home?: string | undefined
    }
    readonly output: {
      readonly sender: string
      readonly may: boolean
    }
  }
  /** Set a reminder in another home, which accepts or refuses it. */
  'reminders.send': {
    readonly type: 'command'
    readonly input: {
      readonly text: string
      readonly at?: string | undefined
      readonly rule?: string | undefined
      readonly start?: string | undefined
      readonly zone?: string | undefined
      readonly catchUp?: 'once' | 'skip' | 'each' | undefined
      readonly except?: readonly string[] | undefined
      readonly nag?: {
        readonly every: string
        readonly times?: number | undefined
      } | undefined
      readonly home?: string | undefined
      readonly to: string
      readonly timeout?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly state: 'sent' | 'accepted' | 'refused' | 'timed-out' | 'withdrawn'
    }
  }
  /** List the homes that may set reminders in this one, and those that may not. */
  'reminders.senders': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly sender: string
        readonly may: boolean
      }[]
      readonly next: string | null
    }
  }
  /** List the reminders that were sent to other homes, and what became of them. */
  'reminders.sent': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
      readonly state?: 'sent' | 'accepted' | 'refused' | 'timed-out' | 'withdrawn' | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly to: string
        readonly text: string
        readonly state: 'sent' | 'accepted' | 'refused' | 'timed-out' | 'withdrawn'
        readonly reason?: string
        readonly reminder: string
        readonly at: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Set a reminder: once at a time, or again and again by a rule. */
  'reminders.set': {
    readonly type: 'command'
    readonly input: {
      readonly text: string
      readonly at?: string | undefined
      readonly rule?: string | undefined
      readonly start?: string | undefined
      readonly zone?: string | undefined
      readonly catchUp?: 'once' | 'skip' | 'each' | undefined
      readonly except?: readonly string[] | undefined
      readonly nag?: {
        readonly every: string
        readonly times?: number | undefined
      } | undefined
      readonly urgent?: boolean | undefined
      readonly home?: string | undefined
      readonly with?: readonly string[] | undefined
    }
    readonly output: {
      readonly id: string
      readonly next: Instant
      readonly sent?: readonly {
        readonly id: string
        readonly to: string
      }[]
    }
  }
  /** Tell what holds for all reminders of a home: its zone, and when it is not to be disturbed. */
  'reminders.settings': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly home?: string | undefined
    }
    readonly output: {
      readonly zone?: string
      readonly quiet: {
        readonly from: string
        readonly to: string
        readonly zone: string
      } | null
    }
  }
  /** Let an occurrence ring at another time: the one that rang last, or the next one before it rings. */
  'reminders.snooze': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly for?: string | undefined
      readonly until?: string | undefined
      readonly zone?: string | undefined
      readonly home?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly next: Instant
    }
  }
  /** Why a call went where it went: what was weighed, in which order places were asked, and what each of them did. */
  'router.explain': {
    readonly type: 'read'
    readonly input: {
      readonly call: string
    }
    readonly output: {
      readonly asked: string
      readonly provider: string | null
      readonly model: string | null
      readonly outcome: string
      readonly why: string
      readonly attempts: readonly {
        readonly provider: string
        readonly model: string
        readonly outcome: string
        readonly ms: number
        readonly status?: number
        readonly together?: number
      }[]
      readonly explanation: unknown
    }
  }
  /** How models are chosen; null where nobody has said. */
  'router.policy': {
    readonly type: 'read'
    readonly input: Readonly<Record<string, never>>
    readonly output: {
      readonly policy: {
        readonly aliases?: readonly {
          readonly name: string
          readonly model: string
        }[]
        readonly rules?: readonly {
          readonly name?: string
          readonly when: readonly ({
            readonly type: 'task'
            readonly any: readonly string[]
          } | {
            readonly type: 'complexity'
            readonly atLeast?: number
            readonly atMost?: number
          } | {
            readonly type: 'tokens'
            readonly atLeast?: number
            readonly atMost?: number
          } | {
            readonly type: 'needs'
            readonly all: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[]
          } | {
            readonly type: 'tags'
            readonly any: readonly string[]
          } | {
            readonly type: 'regions'
            readonly any: readonly string[]
          } | {
            readonly type: 'data-policy'
            readonly atLeast: 'no-training' | 'zero-retention' | 'own'
          } | {
            readonly type: 'asked'
            readonly any: readonly string[]
          })[]
          readonly choose: {
            readonly type: 'pinned'
            readonly model: string
          } | {
            readonly type: 'cheapest'
            readonly among?: readonly string[]
            readonly quality?: number
            readonly able?: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[]
          } | {
            readonly type: 'fastest'
            readonly among?: readonly string[]
          } | {
            readonly type: 'best'
            readonly among?: readonly string[]
          } | {
            readonly type: 'weighted'
            readonly models: readonly {
              readonly model: string
              readonly weight: number
            }[]
          } | {
            readonly type: 'chain'
            readonly models: readonly string[]
          }
        }[]
        readonly otherwise?: {
          readonly type: 'pinned'
          readonly model: string
        } | {
          readonly type: 'cheapest'
          readonly among?: readonly string[]
          readonly quality?: number
          readonly able?: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[]
        } | {
          readonly type: 'fastest'
          readonly among?: readonly string[]
        } | {
          readonly type: 'best'
          readonly among?: readonly string[]
        } | {
          readonly type: 'weighted'
          readonly models: readonly {
            readonly model: string
            readonly weight: number
          }[]
        } | {
          readonly type: 'chain'
          readonly models: readonly string[]
        }
        readonly constraints?: {
          readonly models?: {
            readonly allow?: readonly string[]
            readonly deny?: readonly string[]
          }
          readonly providers?: {
            readonly allow?: readonly string[]
            readonly deny?: readonly string[]
          }
          readonly dataPolicy?: 'no-training' | 'zero-retention' | 'own'
          readonly regions?: readonly string[]
          readonly mostUsd?: string
          readonly mostMs?: number
        }
        readonly hedge?: {
          readonly afterMs: number
        }
        readonly patience?: {
          readonly headMs?: number
          readonly idleMs?: number
        }
        readonly lost?: 'end' | 'continue'
        readonly batch?: boolean
      } | null
    }
  }
  /** Say how models are chosen: rules in order, each with its conditions and a choice; aliases; what holds for every call. Null: as if nobody had said. */
  'router.setPolicy': {
    readonly type: 'command'
    readonly input: {
      readonly policy: {
        readonly aliases?: readonly {
          readonly name: string
          readonly model: string
        }[] | undefined
        readonly rules?: readonly {
          readonly name?: string | undefined
          readonly when: readonly ({
            readonly type: 'task'
            readonly any: readonly string[]
          } | {
            readonly type: 'complexity'
            readonly atLeast?: number | undefined
            readonly atMost?: number | undefined
          } | {
            readonly type: 'tokens'
            readonly atLeast?: number | undefined
            readonly atMost?: number | undefined
          } | {
            readonly type: 'needs'
            readonly all: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[]
          } | {
            readonly type: 'tags'
            readonly any: readonly string[]
          } | {
            readonly type: 'regions'
            readonly any: readonly string[]
          } | {
            readonly type: 'data-policy'
            readonly atLeast: 'no-training' | 'zero-retention' | 'own'
          } | {
            readonly type: 'asked'
            readonly any: readonly string[]
          })[]
          readonly choose: {
            readonly type: 'pinned'
            readonly model: string
          } | {
            readonly type: 'cheapest'
            readonly among?: readonly string[] | undefined
            readonly quality?: number | undefined
            readonly able?: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[] | undefined
          } | {
            readonly type: 'fastest'
            readonly among?: readonly string[] | undefined
          } | {
            readonly type: 'best'
            readonly among?: readonly string[] | undefined
          } | {
            readonly type: 'weighted'
            readonly models: readonly {
              readonly model: string
              readonly weight: number
            }[]
          } | {
            readonly type: 'chain'
            readonly models: readonly string[]
          }
        }[] | undefined
        readonly otherwise?: {
          readonly type: 'pinned'
          readonly model: string
        } | {
          readonly type: 'cheapest'
          readonly among?: readonly string[] | undefined
          readonly quality?: number | undefined
          readonly able?: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[] | undefined
        } | {
          readonly type: 'fastest'
          readonly among?: readonly string[] | undefined
        } | {
          readonly type: 'best'
          readonly among?: readonly string[] | undefined
        } | {
          readonly type: 'weighted'
          readonly models: readonly {
            readonly model: string
            readonly weight: number
          }[]
        } | {
          readonly type: 'chain'
          readonly models: readonly string[]
        } | undefined
        readonly constraints?: {
          readonly models?: {
            readonly allow?: readonly string[] | undefined
            readonly deny?: readonly string[] | undefined
          } | undefined
          readonly providers?: {
            readonly allow?: readonly string[] | undefined
            readonly deny?: readonly string[] | undefined
          } | undefined
          readonly dataPolicy?: 'no-training' | 'zero-retention' | 'own' | undefined
          readonly regions?: readonly string[] | undefined
          readonly mostUsd?: string | undefined
          readonly mostMs?: number | undefined
        } | undefined
        readonly hedge?: {
          readonly afterMs: number
        } | undefined
        readonly patience?: {
          readonly headMs?: number | undefined
          readonly idleMs?: number | undefined
        } | undefined
        readonly lost?: 'end' | 'continue' | undefined
        readonly batch?: boolean | undefined
      } | null
    }
    readonly output: Readonly<Record<string, never>>
  }
  /** What calls of the past would have come to under another policy: where they would have gone, and at what cost and duration. Nobody is asked. */
  'router.simulate': {
    readonly type: 'read'
    readonly input: {
      readonly policy: {
        readonly aliases?: readonly {
          readonly name: string
          readonly model: string
        }[] | undefined
        readonly rules?: readonly {
          readonly name?: string | undefined
          readonly when: readonly ({
            readonly type: 'task'
            readonly any: readonly string[]
          } | {
            readonly type: 'complexity'
            readonly atLeast?: number | undefined
            readonly atMost?: number | undefined
          } | {
            readonly type: 'tokens'
            readonly atLeast?: number | undefined
            readonly atMost?: number | undefined
          } | {
            readonly type: 'needs'
            readonly all: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[]
          } | {
            readonly type: 'tags'
            readonly any: readonly string[]
          } | {
            readonly type: 'regions'
            readonly any: readonly string[]
          } | {
            readonly type: 'data-policy'
            readonly atLeast: 'no-training' | 'zero-retention' | 'own'
          } | {
            readonly type: 'asked'
            readonly any: readonly string[]
          })[]
          readonly choose: {
            readonly type: 'pinned'
            readonly model: string
          } | {
            readonly type: 'cheapest'
            readonly among?: readonly string[] | undefined
            readonly quality?: number | undefined
            readonly able?: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[] | undefined
          } | {
            readonly type: 'fastest'
            readonly among?: readonly string[] | undefined
          } | {
            readonly type: 'best'
            readonly among?: readonly string[] | undefined
          } | {
            readonly type: 'weighted'
            readonly models: readonly {
              readonly model: string
              readonly weight: number
            }[]
          } | {
            readonly type: 'chain'
            readonly models: readonly string[]
          }
        }[] | undefined
        readonly otherwise?: {
          readonly type: 'pinned'
          readonly model: string
        } | {
          readonly type: 'cheapest'
          readonly among?: readonly string[] | undefined
          readonly quality?: number | undefined
          readonly able?: readonly ('tools' | 'schema' | 'json' | 'images' | 'audio' | 'video' | 'pdf' | 'reasoning' | 'logprobs' | 'streaming')[] | undefined
        } | {
          readonly type: 'fastest'
          readonly among?: readonly string[] | undefined
        } | {
          readonly type: 'best'
          readonly among?: readonly string[] | undefined
        } | {
          readonly type: 'weighted'
          readonly models: readonly {
            readonly model: string
            readonly weight: number
          }[]
        } | {
          readonly type: 'chain'
          readonly models: readonly string[]
        } | undefined
        readonly constraints?: {
          readonly models?: {
            readonly allow?: readonly string[] | undefined
            readonly deny?: readonly string[] | undefined
          } | undefined
          readonly providers?: {
            readonly allow?: readonly string[] | undefined
            readonly deny?: readonly string[] | undefined
          } | undefined
          readonly dataPolicy?: 'no-training' | 'zero-retention' | 'own' | undefined
          readonly regions?: readonly string[] | undefined
          readonly mostUsd?: string | undefined
          readonly mostMs?: number | undefined
        } | undefined
        readonly hedge?: {
          readonly afterMs: number
        } | undefined
        readonly patience?: {
          readonly headMs?: number | undefined
          readonly idleMs?: number | undefined
        } | undefined
        readonly lost?: 'end' | 'continue' | undefined
        readonly batch?: boolean | undefined
      }
      readonly since?: Instant | undefined
      readonly calls?: number | undefined
    }
    readonly output: {
      readonly since: Instant
      readonly calls: number
      readonly moved: number
      readonly refused: number
      readonly left: number
      readonly unjudged: number
      readonly cost: {
        readonly calls: number
        readonly wasUsd: string
        readonly wouldUsd: string
      }
      readonly ms: {
        readonly calls: number
        readonly was: number
        readonly would: number
      }
      readonly moves: readonly {
        readonly was: string | null
        readonly would: string | null
        readonly refused?: string
        readonly calls: number
      }[]
    }
  }
  /** List the names of the secrets that are kept, and when each was last changed. */
  'secrets.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly name: string
        readonly note?: string
        readonly changed: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Keep a secret under a name, in place of the one before. Nobody can read it back: it is opened by what uses it. */
  'secrets.put': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly value: string
      readonly note?: string | undefined
    }
    readonly output: {
      readonly name: string
    }
  }
  /** Remove a secret: what uses it will not find it any more. */
  'secrets.remove': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
    }
    readonly output: {
      readonly name: string
    }
  }
  /** What changed from one version of a template to another, line by line. */
  'templates.diff': {
    readonly type: 'read'
    readonly input: {
      readonly name: string
      readonly from?: number | undefined
      readonly to?: number | undefined
    }
    readonly output: {
      readonly from: number
      readonly to: number
      readonly added: number
      readonly removed: number
      readonly text: string
    }
  }
  /** What a template is, or was in one of its versions. */
  'templates.get': {
    readonly type: 'read'
    readonly input: {
      readonly name: string
      readonly version?: number | undefined
    }
    readonly output: {
      readonly name: string
      readonly version: number
      readonly at: Instant
      readonly by: string
      readonly note?: string
      readonly from?: number
      readonly messages: readonly {
        readonly role: 'system' | 'user' | 'assistant'
        readonly content: string
      }[]
      readonly variables: readonly {
        readonly name: string
        readonly type?: 'text' | 'number' | 'boolean' | 'list' | 'object' | 'any'
        readonly required?: boolean
        readonly default?: unknown
      }[]
      readonly examples: readonly {
        readonly input: string
        readonly output: string
      }[]
      readonly selection: {
        readonly by?: 'order' | 'likeness'
        readonly as?: 'turns' | 'variable'
        readonly most?: number
        readonly tokens?: number
        readonly input?: string
      }
      readonly model?: string
      readonly options: {
        readonly temperature?: number
        readonly topP?: number
        readonly maxTokens?: number
        readonly stop?: readonly string[]
        readonly seed?: number
        readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'
        readonly schema?: unknown
      }
    }
  }
  /** List the templates. */
  'templates.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly name: string
        readonly version: number
        readonly at: Instant
        readonly note?: string
        readonly model?: string
        readonly variables: readonly string[]
      }[]
      readonly next: string | null
    }
  }
  /** Remove a template with all its versions. One that is set under its name later goes on with their numbers. */
  'templates.remove': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
    }
    readonly output: {
      readonly name: string
    }
  }
  /** What comes out of a template with these variables: its messages and how many tokens they are. No model is asked. */
  'templates.render': {
    readonly type: 'read'
    readonly input: {
      readonly name: string
      readonly version?: number | undefined
      readonly variables?: unknown
    }
    readonly output: {
      readonly version: number
      readonly model: string
      readonly messages: readonly {
        readonly role: 'system' | 'user' | 'assistant'
        readonly content: string
        readonly example?: boolean
      }[]
      readonly examples: readonly {
        readonly index: number
        readonly likeness?: number
      }[]
      readonly tokens: number
    }
  }
  /** Go back to what a template was: a new version that is equal to an old one. */
  'templates.rollback': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly version: number
      readonly note?: string | undefined
    }
    readonly output: {
      readonly name: string
      readonly version: number
      readonly changed: boolean
      readonly variables: readonly string[]
    }
  }
  /** Keep a template of a prompt, in Jinja, under a name: a new version of it where there is one. A variable that its texts ask for and nobody declared is required. */
  'templates.set': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly body?: string | undefined
      readonly messages?: readonly {
        readonly role: 'system' | 'user' | 'assistant'
        readonly content: string
      }[] | undefined
      readonly variables?: readonly {
        readonly name: string
        readonly type?: 'text' | 'number' | 'boolean' | 'list' | 'object' | 'any' | undefined
        readonly required?: boolean | undefined
        readonly default?: unknown
      }[] | undefined
      readonly examples?: readonly {
        readonly input: string
        readonly output: string
      }[] | undefined
      readonly selection?: {
        readonly by?: 'order' | 'likeness' | undefined
        readonly as?: 'turns' | 'variable' | undefined
        readonly most?: number | undefined
        readonly tokens?: number | undefined
        readonly input?: string | undefined
      } | undefined
      readonly model?: string | undefined
      readonly options?: {
        readonly temperature?: number | undefined
        readonly topP?: number | undefined
        readonly maxTokens?: number | undefined
        readonly stop?: readonly string[] | undefined
        readonly seed?: number | undefined
        readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | undefined
        readonly schema?: unknown
      } | undefined
      readonly note?: string | undefined
    }
    readonly output: {
      readonly name: string
      readonly version: number
      readonly changed: boolean
      readonly variables: readonly string[]
    }
  }
  /** Ask a model with a template, once for each case, and hold the answers against what is expected of them. It costs what calls cost. */
  'templates.test': {
    readonly type: 'command'
    readonly input: {
      readonly name: string
      readonly version?: number | undefined
      readonly model?: string | undefined
      readonly variables?: unknown
      readonly cases?: readonly {
        readonly name?: string | undefined
        readonly variables?: unknown
        readonly expect?: readonly ({
          readonly type: 'contains'
          readonly text: string
        } | {
          readonly type: 'equals'
          readonly text: string
        } | {
          readonly type: 'matches'
          readonly pattern: string
        } | {
          readonly type: 'schema'
          readonly schema: unknown
        })[] | undefined
      }[] | undefined
    }
    readonly output: {
      readonly version: number
      readonly passed: number
      readonly failed: number
      readonly costUsd?: string
      readonly cases: readonly {
        readonly name?: string
        readonly ok: boolean
        readonly answer?: string
        readonly faults: readonly string[]
        readonly error?: string
        readonly call?: string
        readonly provider?: string
        readonly model?: string
        readonly inputTokens?: number
        readonly outputTokens?: number
        readonly costUsd?: string
        readonly ms?: number
      }[]
    }
  }
  /** List the versions of a template, the last first: who made each of them, when and why. */
  'templates.versions': {
    readonly type: 'read'
    readonly input: {
      readonly name: string
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly name: string
        readonly version: number
        readonly at: Instant
        readonly by: string
        readonly note?: string
        readonly from?: number
      }[]
      readonly next: string | null
    }
  }
  /** What is kept of what is asked of models and answered, by scope, and what is taken out of it besides. */
  'texts.get': {
    readonly type: 'read'
    readonly input: Readonly<Record<string, never>>
    readonly output: {
      readonly scopes: readonly {
        readonly scope: string
        readonly prompts: 'none' | 'redacted' | 'whole'
        readonly answers: 'none' | 'redacted' | 'whole'
        readonly days: number
      }[]
      readonly patterns: readonly {
        readonly name: string
        readonly pattern: string
      }[]
    }
  }
  /** Remove what is kept of what was said, for good, before its days are over: of all days before the day of an instant, by UTC, or of all. */
  'texts.remove': {
    readonly type: 'command'
    readonly input: {
      readonly before?: string | undefined
    }
    readonly output: {
      readonly days: number
    }
  }
  /** Say what is kept of what is asked of models and answered, and for how many days: nothing, redacted or whole, for the whole server, a home or a key. The narrowest counts. Neither prompts nor answers given: as if nobody had said. */
  'texts.set': {
    readonly type: 'command'
    readonly input: {
      readonly scope: string
      readonly prompts?: 'none' | 'redacted' | 'whole' | undefined
      readonly answers?: 'none' | 'redacted' | 'whole' | undefined
      readonly days?: number | undefined
    }
    readonly output: {
      readonly scope: string
    }
  }
  /** Say what is taken out of texts besides what is always: patterns in the form of RE2, each with the name that stands in its place. */
  'texts.setPatterns': {
    readonly type: 'command'
    readonly input: {
      readonly patterns: readonly {
        readonly name: string
        readonly pattern: string
      }[]
    }
    readonly output: Readonly<Record<string, never>>
  }
  /** Build a view anew from the log, while commands go on. May be called again at any time. */
  'views.rebuild': {
    readonly type: 'command'
    readonly input: {
      readonly view: string
    }
    readonly output: {
      readonly rows: number
      readonly events: number
      readonly kept: number
      readonly seconds: number
      readonly pausedMs: number
    }
  }
  /** Compare a view with what the log leads to. */
  'views.verify': {
    readonly type: 'read'
    readonly input: {
      readonly view: string
    }
    readonly output: {
      readonly rows: number
      readonly different: number
    }
  }
  /** List the attempts at a webhook, newest first: how deliveries ended, and the last hundred that were tried again. */
  'webhooks.attempts': {
    readonly type: 'read'
    readonly input: {
      readonly id: string
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly at: Instant
        readonly message: string
        readonly event: string
        readonly attempt: number
        readonly outcome: 'delivered' | 'retrying' | 'failed'
        readonly answer: string
        readonly ms?: number
        readonly next?: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Change where a webhook posts to, or what it is told. What is not named stays. */
  'webhooks.change': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly url?: string | undefined
      readonly events?: readonly ('reminder.rang' | 'webhook.disabled')[] | undefined
    }
    readonly output: {
      readonly id: string
    }
  }
  /** Have events posted to an address, signed. */
  'webhooks.create': {
    readonly type: 'command'
    readonly input: {
      readonly url: string
      readonly events: readonly ('reminder.rang' | 'webhook.disabled')[]
      readonly secret?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly secret: string
    }
  }
  /** List the webhook deliveries of a home that ended, oldest first. */
  'webhooks.deliveries': {
    readonly type: 'read'
    readonly watchable: true
    readonly input: {
      readonly home?: string | undefined
      readonly webhook?: string | undefined
      readonly outcome?: 'delivered' | 'failed' | undefined
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly webhook: string
        readonly event: string
        readonly message: string
        readonly attempts: number
        readonly outcome: 'delivered' | 'failed'
        readonly answer: string
        readonly at: Instant
      }[]
      readonly next: string | null
    }
  }
  /** Tell a webhook again what happens that was disabled; what it was not told stays untold. */
  'webhooks.enable': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
    }
    readonly output: {
      readonly id: string
    }
  }
  /** List the webhooks and how they are, without their secrets. */
  'webhooks.list': {
    readonly type: 'read'
    readonly input: {
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly output: {
      readonly items: readonly {
        readonly id: string
        readonly url: string
        readonly events: readonly string[]
        readonly state: 'active' | 'failing' | 'disabled'
        readonly failingSince?: Instant
        readonly lastDelivered?: Instant
        readonly lastFailure?: {
          readonly at: Instant
          readonly reason: string
        }
        readonly disabled?: {
          readonly at: Instant
          readonly reason: string
        }
      }[]
      readonly next: string | null
    }
  }
  /** Remove a webhook; deliveries still owed to it end. */
  'webhooks.remove': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
    }
    readonly output: {
      readonly id: string
    }
  }
  /** Give a webhook a new secret; the former one signs as well for as long as is said, a day when nothing is. */
  'webhooks.rotate': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
      readonly secret?: string | undefined
      readonly overlap?: string | undefined
    }
    readonly output: {
      readonly id: string
      readonly secret: string
    }
  }
  /** Post a test to a webhook now, once, and tell what its receiver answered. */
  'webhooks.test': {
    readonly type: 'command'
    readonly input: {
      readonly id: string
    }
    readonly output: {
      readonly ok: boolean
      readonly status?: number
      readonly reason?: string
    }
  }
}

/** The operations that change nothing: they need no idempotency key. */
export const reads: ReadonlySet<string> = new Set([
  'actors.diff',
  'actors.fork',
  'actors.state',
  'backup.list',
  'budgets.list',
  'caches.get',
  'calls.get',
  'calls.list',
  'effects.list',
  'events.list',
  'keys.list',
  'log.verify',
  'models.declared',
  'models.list',
  'people.export',
  'probe.read',
  'probe.spoken',
  'providers.list',
  'rates.list',
  'reminders.get',
  'reminders.list',
  'reminders.occurrences',
  'reminders.preview',
  'reminders.received',
  'reminders.senders',
  'reminders.sent',
  'reminders.settings',
  'router.explain',
  'router.policy',
  'router.simulate',
  'secrets.list',
  'templates.diff',
  'templates.get',
  'templates.list',
  'templates.render',
  'templates.versions',
  'texts.get',
  'views.verify',
  'webhooks.attempts',
  'webhooks.deliveries',
  'webhooks.list',
])
