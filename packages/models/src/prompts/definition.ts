import type { JSONObject, JSONValue } from '../language.ts'

/** What a version of a template is. */
export interface TemplateDefinition {
  readonly messages: readonly TemplateMessage[]
  readonly variables: readonly Variable[]
  readonly examples: readonly Example[]
  readonly selection: Selection
  /** By whichever name a call may give; null: the policy of the tenant chooses. */
  readonly model: string | null
  readonly options: TemplateOptions
}

export interface TemplateMessage {
  readonly role: 'system' | 'user' | 'assistant'
  /** A text of Jinja. */
  readonly content: string
}

export const variableTypes = ['text', 'number', 'boolean', 'list', 'object', 'any'] as const
export type VariableType = (typeof variableTypes)[number]

export interface Variable {
  readonly name: string
  readonly type: VariableType
  readonly required: boolean
  /** What it is where nobody says. */
  readonly default?: JSONValue
}

/** A question and how it is to be answered. Neither is a text of Jinja. */
export interface Example {
  readonly input: string
  readonly output: string
  /** Of both together, estimated. */
  readonly tokens: number
}

export interface Selection {
  /** `order`: the first ones, as they stand. `likeness`: those whose question is most like the one at hand, the most alike last. */
  readonly by: 'order' | 'likeness'
  /** `turns`: as questions and answers before the last message. `variable`: they go nowhere by themselves, and the texts have them as `examples`. */
  readonly as: 'turns' | 'variable'
  readonly most?: number
  /** Of all that are chosen, at most. */
  readonly tokens?: number
  /** The variable that holds the question at hand; all texts among the values where absent. */
  readonly input?: string
}

/** What goes with the call, where whoever makes it does not say otherwise. */
export interface TemplateOptions {
  readonly temperature?: number
  readonly topP?: number
  readonly maxTokens?: number
  readonly stop?: readonly string[]
  readonly seed?: number
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'
  /** A JSON Schema that the answer has to keep to. */
  readonly schema?: JSONObject
}

export type Values = Readonly<Record<string, JSONValue>>

export interface RenderedMessage {
  readonly role: TemplateMessage['role']
  readonly content: string
  /** It comes from an example. */
  readonly example?: true
}

/** What an answer is held against. */
export type Expectation =
  | { readonly type: 'contains'; readonly text: string }
  | { readonly type: 'equals'; readonly text: string }
  | { readonly type: 'matches'; readonly pattern: string }
  | { readonly type: 'schema'; readonly schema: unknown }
