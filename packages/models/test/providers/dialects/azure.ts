import type { Dialect } from './dialect.ts'
import { refusal } from './errors.ts'

const safe = { filtered: false, severity: 'safe' }
const results = { hate: safe, self_harm: safe, sexual: safe, violence: safe }
const ofPrompt = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: results }] }

/** What its filters found stands in an event of its own before the answer, and beside each choice. */
export const azure: Dialect = {
  kind: 'azure-openai',
  model: 'gpt-4.1',
  prelude: [{ choices: [], created: 0, id: '', model: '', object: '', ...ofPrompt }],
  opening: { content: '', refusal: null, role: 'assistant' },
  head: { system_fingerprint: 'fp_c79ab13e31', obfuscation: '70NTC3qxf' },
  wholeHead: { system_fingerprint: 'fp_c79ab13e31', ...ofPrompt },
  inChoice: { content_filter_results: results, logprobs: null },
  errors: [
    refusal(401, 'key', {
      code: '401',
      message: 'Access denied due to invalid subscription key or wrong API endpoint.',
    }),
    refusal(404, 'unknown-model', {
      code: 'DeploymentNotFound',
      message: 'The API deployment for this resource does not exist.',
    }),
    refusal(400, 'refused', {
      message: 'The response was filtered due to the prompt triggering the content management policy.',
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: results },
    }),
    refusal(
      429,
      'rate',
      { code: '429', message: 'Requests have exceeded the call rate limit of your current pricing tier.' },
      { headers: { 'retry-after': '7' }, afterMs: 7000 },
    ),
  ],
  models: {
    object: 'list',
    data: [
      { id: 'gpt-4.1', object: 'model' },
      { id: 'other', object: 'model' },
    ],
  },
}
