import type { Ability, ProviderManifest } from '../../src/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { json, type ProviderSubject } from './conformance/subject.ts'
import { framed, frameEnds } from '@hearth/testing/event-frames'
import { readsMessages } from './reads-anthropic.ts'
import { readsConverse } from './reads-bedrock.ts'
import { readsGemini } from './reads-google.ts'
import { readsChat, readsResponses } from './reads-openai.ts'
import { readsWatsonx } from './reads-watsonx.ts'

const manifestOf = (kind: string): ProviderManifest => providers.find((one) => one.kind === kind) as ProviderManifest

const abilitiesOf = (kind: string, ...without: readonly Ability[]): ReadonlySet<Ability> =>
  new Set(manifestOf(kind).abilities?.filter((ability) => !without.includes(ability)))

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

export const subjects: readonly ProviderSubject[] = [
  {
    name: 'OpenAI, chat completions',
    manifest: manifestOf('openai'),
    model: 'gpt-4.1',
    // Its chat protocol tells how much was thought, and not what.
    abilities: abilitiesOf('openai', 'reasoning'),
    recordings: 'openai-chat',
    takesStops: true,
    identity: bearer,
    reads: readsChat,
    embedding: 'text-embedding-3-small',
  },
  {
    name: 'OpenAI, responses',
    manifest: manifestOf('openai'),
    model: 'responses/gpt-4.1',
    abilities: abilitiesOf('openai'),
    recordings: 'openai-responses',
    takesStops: false,
    identity: bearer,
    opens: true,
    reads: readsResponses,
  },
  {
    name: 'Anthropic',
    manifest: manifestOf('anthropic'),
    model: 'claude-sonnet-4-5',
    abilities: abilitiesOf('anthropic'),
    recordings: 'anthropic',
    takesStops: true,
    identity: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    pages: true,
    opens: true,
    reads: readsMessages,
  },
  {
    name: 'Google Gemini',
    manifest: manifestOf('google'),
    model: 'gemini-2.5-flash',
    abilities: abilitiesOf('google'),
    recordings: 'google',
    takesStops: true,
    identity: (key) => ({ 'x-goog-api-key': key }),
    pages: true,
    reads: readsGemini,
    embedding: 'gemini-embedding-001',
  },
  {
    name: 'Amazon Bedrock',
    manifest: manifestOf('bedrock'),
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    abilities: abilitiesOf('bedrock'),
    recordings: 'bedrock',
    takesStops: true,
    identity: bearer,
    headers: {},
    options: () => ({ region: 'us-east-1' }),
    pages: true,
    opens: true,
    framing: { type: 'application/vnd.amazon.eventstream', write: framed, ends: frameEnds },
    reads: readsConverse,
    embedding: 'cohere.embed-english-v3',
  },
  {
    name: 'IBM watsonx',
    manifest: manifestOf('watsonx'),
    model: 'ibm/granite-4-h-small',
    abilities: abilitiesOf('watsonx'),
    recordings: 'watsonx',
    takesStops: true,
    identity: () => ({ authorization: 'Bearer eyJ.T1de.token' }),
    headers: {},
    options: (upstream) => {
      const ticket = {
        access_token: 'eyJ.T1de.token',
        refresh_token: 'not_supported',
        token_type: 'Bearer',
        expires_in: 3600,
      }
      upstream.beside('/identity/token', json(JSON.stringify(ticket)))
      return { project: 'the-project', iam: `${upstream.url}/identity/token` }
    },
    filters: false,
    reads: readsWatsonx,
    embedding: 'ibm/slate-125m-english-rtrvr-v2',
  },
  {
    // Of its own traffic nothing is published: behind its tokens it is asked like any server of OpenAI’s protocol.
    name: 'GitHub Copilot',
    manifest: manifestOf('github-copilot'),
    model: 'qwen3-8b',
    abilities: abilitiesOf('github-copilot'),
    recordings: 'openai-compatible',
    takesStops: true,
    identity: () => ({ authorization: 'Bearer tid=T1de' }),
    headers: {},
    options: (upstream) => {
      const expires_at = Math.floor(Date.now() / 1000) + 1800
      upstream.beside('/exchange', json(JSON.stringify({ token: 'tid=T1de', expires_at, refresh_in: 1500 })))
      return { exchange: `${upstream.url}/exchange` }
    },
    reads: readsChat,
  },
  {
    name: 'any server of OpenAI’s protocol',
    manifest: manifestOf('openai-compatible'),
    model: 'qwen3-8b',
    abilities: abilitiesOf('openai-compatible'),
    recordings: 'openai-compatible',
    takesStops: true,
    identity: bearer,
    reads: readsChat,
    embedding: 'text-embedding-3-small',
  },
]
