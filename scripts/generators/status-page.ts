import type { ProviderManifest } from '@hearth/models'
import { citations } from './citations.ts'
import type { Generator } from './generator.ts'
import { byArea, readRequirements, type Requirement } from './requirements.ts'

const introduction = `<!-- Made from features.json and the tests by npm run generate. -->

# Where Hearth stands

Which features of [features.md](features.md) a test shows, in whole or in a first part, and which none shows yet.
`

function row({ id, title }: Requirement, files: readonly string[]): string {
  const links = files.map((file) => `[${file}](../${file})`)
  return `- **${id}** ${title}: ${links.length === 0 ? 'not yet' : links.join(', ')}`
}

const standing = ({ traffic }: ProviderManifest): string => {
  if (traffic === undefined) return 'passes the suite'
  return traffic.type === 'unseen'
    ? `*unverified*: ${traffic.because}`
    : `passes the suite, against traffic ${traffic.type} from ${traffic.from}`
}

/** What the conformance suite runs against traffic of, and what rests on documentation alone. */
async function providers(): Promise<string> {
  const { providers: all } = await import('@hearth/models')
  const lines = all.map((manifest) => `- \`${manifest.kind}\` ${manifest.title}: ${standing(manifest)}`)
  const about =
    'Kinds of providers of models. The suite runs against traffic that was written to the published protocols, derived from what a maker says of its answers, or recorded from a server that ran here; no service was called. *Unverified*: of a protocol that passes it, with an address and differences as documented.'
  return `\n## Providers\n\n${about}\n\n${lines.join('\n')}\n`
}

export const statusPage: Generator = {
  file: 'docs/status.md',
  make: async (root) => {
    const requirements = await readRequirements(root)
    const cited = await citations(root)
    const known = new Set(requirements.features.map(({ id }) => id))
    const unknown = [...cited.keys()].filter((id) => !known.has(id))
    if (unknown.length > 0)
      throw new Error(`No such feature: ${unknown.map((id) => `${id} in ${cited.get(id)?.join(', ')}`).join('; ')}`)
    const shown = requirements.features.filter(({ id }) => cited.has(id)).length
    const sections = byArea(requirements).map(
      ([title, features]) =>
        `\n## ${title}\n\n${features.map((feature) => row(feature, cited.get(feature.id) ?? [])).join('\n')}\n`,
    )
    return `${introduction}\n${shown} of ${requirements.features.length} are cited by a test.\n${sections.join('')}${await providers()}`
  },
}
