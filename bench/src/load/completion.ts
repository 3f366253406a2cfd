/** What a model is asked to say in OpenAI's chat protocol. */
export interface Completion {
  readonly form: 'whole' | 'stream'
  readonly text: string
}

interface Choice {
  readonly message?: { readonly content?: unknown }
  readonly delta?: { readonly content?: unknown }
}

export function isAnswer({ form, text }: Completion, body: Buffer): boolean {
  try {
    return (form === 'whole' ? saidWhole(body) : saidInParts(body)) === text
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Whether the first token is in what came of a stream: what names the role alone is none. */
export const begunIn = (stream: string): boolean => /"content": ?"[^"]/.test(stream)

const choiceIn = (json: string): Choice | undefined =>
  (JSON.parse(json) as { readonly choices?: readonly Choice[] }).choices?.[0]

const saidWhole = (body: Buffer): unknown => choiceIn(body.toString('utf8'))?.message?.content

/** Null where its end is missing. */
function saidInParts(body: Buffer): string | null {
  const events = body
    .toString('utf8')
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith('data:'))
    .map((event) => event.slice('data:'.length).trim())
  if (events.pop() !== '[DONE]') return null
  return events
    .map((event) => choiceIn(event)?.delta?.content)
    .reduce<string>((said, content) => said + text(content), '')
}

const text = (content: unknown): string => (typeof content === 'string' ? content : '')
