import type { Ability, ProviderManifest } from '../../src/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { ProviderSubject } from './conformance/subject.ts'
import { readsMessages } from './reads-anthropic.ts'
import { readsGemini } from './reads-google.ts'
import { readsChat, readsResponses } from './reads-openai.ts'

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
    reads: readsGemini,
    embedding: 'gemini-embedding-001',
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
