import type { Traffic } from '../../provider.ts'

const derived = (from: string): Traffic => ({ type: 'derived', from })
const unseen = (because: string): Traffic => ({ type: 'unseen', because })

/** What the suite runs against, by kind. */
export const traffic: Readonly<Record<string, Traffic>> = {
  'azure-openai': derived('its schema, inference.json 2024-10-21, and streams of it in the tests of others'),
  'bedrock-openai': unseen('no schema of its own was found'),
  cerebras: derived('its SDK, @cerebras/cerebras_cloud_sdk 1.91.0'),
  deepinfra: unseen('no schema of its own was found'),
  deepseek: derived('answers of December 2025 in the tests of the AI SDK (vercel/ai ed857f5)'),
  fireworks: derived('its SDK, fireworks-ai 1.2.30'),
  'github-models': unseen('its SDK tells of too little of an answer'),
  groq: derived('answers of February 2026 in the tests of the AI SDK (vercel/ai ed857f5), and its SDK, groq-sdk 1.6.0'),
  'hugging-face': unseen('it passes on what the provider behind it answers'),
  'llama-cpp': { type: 'recorded', from: 'build 11549, as xllamacpp 2026.10.11549 has it' },
  'lm-studio': unseen('its documentation shows one answer with a call, and no stream'),
  mistral: derived(
    'answers of January 2026 in the tests of the AI SDK (vercel/ai ed857f5), and its SDK, @mistralai/mistralai 2.7.0',
  ),
  ollama: derived('its source, openai/openai.go of v0.17.4, and errors of a server of that version'),
  openrouter: derived('its SDK, @openrouter/sdk 1.3.19'),
  sglang: derived('its source, sglang 0.5.23'),
  tabbyapi: derived('its source, of e632af4'),
  tgi: derived('its schema, openapi.json 3.3.6-dev0, and its source, of db931fc'),
  together: derived('its SDK, together-ai 0.52.0'),
  vllm: derived('its source, protocol.py of 002032e'),
  xai: derived('answers of February 2026 in the tests of the AI SDK (vercel/ai ed857f5)'),
}
