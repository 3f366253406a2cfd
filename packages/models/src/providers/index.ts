// Made from the folders beside this file by npm run generate.
import { manifests as anthropic } from './anthropic/manifest.ts'
import { manifests as bedrock } from './bedrock/manifest.ts'
import { manifests as cohere } from './cohere/manifest.ts'
import { manifests as demo } from './demo/manifest.ts'
import { manifests as embedded } from './embedded/manifest.ts'
import { manifests as gguf } from './gguf/manifest.ts'
import { manifests as githubCopilot } from './github-copilot/manifest.ts'
import { manifests as google } from './google/manifest.ts'
import { manifests as openai } from './openai/manifest.ts'
import { manifests as openaiCompatible } from './openai-compatible/manifest.ts'
import { manifests as watsonx } from './watsonx/manifest.ts'
import type { ProviderManifest } from '../provider.ts'

export const providers: readonly ProviderManifest[] = [
  ...anthropic,
  ...bedrock,
  ...cohere,
  ...demo,
  ...embedded,
  ...gguf,
  ...githubCopilot,
  ...google,
  ...openai,
  ...openaiCompatible,
  ...watsonx,
]
