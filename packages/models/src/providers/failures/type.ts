import type { FailureType } from '../../failure.ts'
import type { Said } from './said.ts'

/**
 * The words of the providers for what is wrong, in lower case. An account without money is `key`: waiting does not help, another key may.
 * Where several of an error's words are known, the list that comes first decides.
 */
const words: readonly (readonly [FailureType, readonly string[]])[] = [
  [
    'key',
    [
      'invalid_api_key',
      'api_key_invalid',
      'api_key_expired',
      'api_key_service_blocked',
      'authentication_error',
      'invalid_authentication_error',
      'unauthenticated',
      'unauthorized',
      'permission_error',
      'permission_denied',
      'access_denied',
      'forbidden',
      'account_deactivated',
      'consumer_suspended',
      'billing_error',
      'billing_disabled',
      'billing_not_active',
      'billing_hard_limit_reached',
      'insufficient_quota',
      'insufficient_credits',
      'exceeded_current_quota_error',
      'enforced_spend_limit_reached',
      'contract_spend_limit_reached',
      'organization_on_hold',
      'payment_required',
      'unsupported_country_region_territory',
      // AWS.
      'accessdeniedexception',
      'unrecognizedclientexception',
      'expiredtokenexception',
      'invalidsignatureexception',
      'incompletesignatureexception',
      'missingauthenticationtokenexception',
    ],
  ],
  [
    'too-long',
    [
      'context_length_exceeded',
      'context_window_exceeded',
      'exceed_context_size_error',
      'model_max_prompt_tokens_exceeded',
      'tokens_limit_reached',
      'request_too_large',
      'string_above_max_length',
      'prompt_too_long',
    ],
  ],
  [
    'unknown-model',
    [
      'model_not_found',
      'model_not_available',
      'model_not_exist',
      'model_decommissioned',
      'unknown_model',
      'invalid_model',
      'deploymentnotfound',
      'not_found_error',
      'notfounderror',
      'not_found',
      'resourcenotfoundexception',
    ],
  ],
  [
    'refused',
    [
      'content_policy_violation',
      'image_content_policy_violation',
      'responsibleaipolicyviolation',
      'content_filter',
      'invalid_prompt',
      'bio_policy',
      'misalignment_policy_violation',
      'moderation_blocked',
      'data_inspection_failed',
      'unimplemented',
      'not_supported_error',
    ],
  ],
  [
    'rate',
    [
      'rate_limit_exceeded',
      'rate_limit_error',
      'rate_limited',
      'resource_exhausted',
      'too_many_requests',
      'capacity_exceeded',
      'slow_down',
      'throttlingexception',
      'servicequotaexceededexception',
      'modelnotreadyexception',
    ],
  ],
  ['late', ['timeout_error', 'deadline_exceeded', 'request_timeout', 'timeout', 'modeltimeoutexception']],
  [
    'away',
    [
      'overloaded_error',
      'engine_overloaded_error',
      'overloaded',
      'server_error',
      'api_error',
      'internal_server_error',
      'internalservererror',
      'internal_error',
      'internal',
      'service_unavailable',
      'unavailable',
      'unavailable_error',
      'data_loss',
      'aborted',
      'cancelled',
      'unknown',
    ],
  ],
]

/** Where the words say no more than that the request is not valid. */
const phrases: readonly (readonly [FailureType, RegExp])[] = [
  [
    'key',
    /\b(api[ _-]?key (is )?(not valid|invalid|expired|incorrect)|(incorrect|invalid) api[ _-]?key|credit balance|used all available credits|spending limit)\b/i,
  ],
  [
    'too-long',
    /\b(prompt is too long|(maximum|available|model'?s) (context|input|prompt) (length|size|window)|context (length|window|size) (is |was )?(exceeded|of only)|exceeds? (the )?(\w+ ){0,3}(context|number of (input )?tokens)|token count\b.{0,60}\bexceeds?|tokens\b.{0,60}\b(must be <= \d|cannot exceed)|must have less than \d+ tokens|too many (input )?tokens|input is too long)/i,
  ],
  [
    'unknown-model',
    /\b(invalid model\b|model identifier is invalid|model[^.]{0,120}\b(does not exist|is not found|was not found|not found\b|not exist\b|is not a valid model|has been decommissioned)|is not a valid model|unknown model)/i,
  ],
  ['refused', /\b(content (management )?policy|safety (system|reasons)|flagged|moderation)\b/i],
]

/** These say no more than that the request is not valid, and come with a good status when they come in a stream. */
const invalid = [
  'invalid_request_error',
  'invalid_argument',
  'invalid_request',
  'bad_request',
  'failed_precondition',
  'validationexception',
]

const statuses: Readonly<Record<number, FailureType>> = {
  401: 'key',
  402: 'key',
  403: 'key',
  404: 'unknown-model',
  408: 'late',
  409: 'away',
  413: 'too-long',
  // The model failed at its work: Bedrock and Text Generation Inference say so.
  424: 'away',
  425: 'away',
  429: 'rate',
  // Groq: no capacity at the asked tier; the browser’s own for a client that left is what Google says of a call that it gave up.
  498: 'rate',
  499: 'away',
  504: 'late',
  524: 'late',
}

/** What kind of failure it is that a provider tells of. */
export function typeOf(said: Said, answered: number | undefined): FailureType {
  // Providers answer 200 before they know, and then tell the status in the stream.
  const status = answered === undefined || answered < 300 ? (said.status ?? answered) : answered
  // Groq says `rate_limit_exceeded` of a request that no waiting makes fit.
  if (status === 413) return 'too-long'
  const mayBeBroken = status === undefined || status < 300 || status >= 500
  const byWord = words.find(
    // Some servers call every error of theirs an error of theirs: the status knows better whose it is.
    ([type, list]) => (type !== 'away' || mayBeBroken) && list.some((word) => said.words.has(word)),
  )
  if (byWord !== undefined) return byWord[0]
  const mayBeAsked = status === undefined || status < 300 || [400, 403, 404, 422, 500].includes(status)
  const { message } = said
  const byPhrase =
    message === undefined
      ? undefined
      : phrases.find(
          // xAI says by the status of a rate that there is no money.
          ([type, phrase]) => (mayBeAsked || (status === 429 && type === 'key')) && phrase.test(message.slice(0, 2000)),
        )
  return byPhrase?.[0] ?? byStatus(status, said)
}

function byStatus(status: number | undefined, { message, words: own }: Said): FailureType {
  if (status === undefined || status < 300) return invalid.some((word) => own.has(word)) ? 'refused' : 'away'
  if (status < 400 || status >= 600) return 'away'
  // A server of another kind, or another path of it, knows nothing of models.
  if (status === 404 && message === undefined) return 'away'
  return statuses[status] ?? (status < 500 ? 'refused' : 'away')
}
