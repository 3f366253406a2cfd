import { providers } from '../../src/providers/index.ts'
import type { ProviderManifest } from '../../src/provider.ts'
import type { ProviderSubject, Reads } from './conformance/subject.ts'
import { azure } from './dialects/azure.ts'
import type { Dialect } from './dialects/dialect.ts'
import { hosted } from './dialects/hosted.ts'
import { ownServers } from './dialects/own-servers.ts'
import { recordedServer } from './dialects/recorded.ts'
import { written } from './dialects/writing.ts'
import { readsChat } from './reads-openai.ts'

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const manifestOf = (kind: string): ProviderManifest => providers.find((one) => one.kind === kind) as ProviderManifest

/** Where a request is not OpenAI’s, what it means is the same. */
const reads: Readonly<Record<string, Partial<Reads>>> = {
  // Usage comes without being asked for.
  mistral: { streams: ({ body }) => body['stream'] === true && body['stream_options'] === undefined },
}

const subjectOf = (dialect: Dialect): ProviderSubject => {
  const { kind, model, expects, filters = true } = dialect
  const manifest = manifestOf(kind)
  return {
    name: `${manifest.title}, ${manifest.traffic?.type}`,
    manifest,
    model,
    abilities: new Set(manifest.abilities),
    recordings: kind,
    written: written(dialect),
    ...(expects === undefined ? {} : { expects }),
    filters,
    takesStops: true,
    identity: kind === 'azure-openai' ? (key) => ({ 'api-key': key }) : bearer,
    reads: { ...readsChat, ...reads[kind] },
    ...(manifest.does.includes('embed') ? { embedding: 'embedder' } : {}),
  }
}

const llamaCpp: ProviderSubject = {
  name: 'llama.cpp server, recorded',
  manifest: manifestOf('llama-cpp'),
  model: 'gemma-3-270m',
  abilities: new Set(manifestOf('llama-cpp').abilities),
  recordings: 'llama-cpp',
  written: recordedServer('llama-cpp'),
  expects: {
    person: '{\n    "name": "Ada",\n    "age": 36\n    }',
    textCounts: { input: 28, fresh: 5, cached: 23, output: 36 },
    usageCounts: { input: 26, fresh: 5, cached: 21, output: 5 },
    probabilities: [
      [-7.773040294647217, 2, '<'],
      [-5.274695873260498, 2, '.'],
      [-0.08224876970052719, 2, 'day'],
      [-6.499747276306152, 2, '\n'],
    ],
    embeddings: [
      [0.041976552456617355, -0.05325014144182205, -0.010611556470394135],
      [0.039761245250701904, -0.02472718618810177, -0.02507823333144188],
    ],
    listed: 1,
  },
  filters: false,
  takesStops: true,
  identity: bearer,
  reads: readsChat,
  embedding: 'gemma-3-270m',
}

/** Presets whose traffic was recorded, or derived from what its makers say of it. */
export const presetSubjects: readonly ProviderSubject[] = [...ownServers, ...hosted, azure]
  .map(subjectOf)
  .concat(llamaCpp)
