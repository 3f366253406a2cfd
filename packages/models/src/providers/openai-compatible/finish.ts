const inProtocol: Readonly<Record<string, string>> = {
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  model_length: 'length',
  max_tokens: 'length',
}

/** Why an answer ended, in the word of the protocol; null where it has not. Text Generation Inference says `stop` behind calls too. */
export function finishOf(reason: unknown, hasCalls: boolean): string | null {
  if (typeof reason !== 'string' || reason === '') return null
  const word = Object.hasOwn(inProtocol, reason) ? (inProtocol[reason] ?? reason) : reason
  return word === 'stop' && hasCalls ? 'tool_calls' : word
}

/** It says that it ended, and not with an answer. */
export const isGivenUp = (reason: unknown): boolean => reason === 'error' || reason === 'abort'
