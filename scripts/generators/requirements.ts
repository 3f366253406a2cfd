import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Requirement {
  readonly id: string
  readonly area: string
  readonly title: string
  readonly description: string
}

export interface Requirements {
  readonly areas: Readonly<Record<string, string>>
  readonly features: readonly Requirement[]
}

export async function readRequirements(root: string): Promise<Requirements> {
  return JSON.parse(await readFile(join(root, 'docs/features.json'), 'utf8')) as Requirements
}

/** Each area with its features, in the order of the data file. */
export function byArea(requirements: Requirements): (readonly [title: string, features: readonly Requirement[]])[] {
  return Object.entries(requirements.areas).map(([area, title]) => [
    `${area}. ${title}`,
    requirements.features.filter((feature) => feature.area === area),
  ])
}
