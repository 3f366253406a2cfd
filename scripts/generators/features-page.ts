import type { Generator } from './generator.ts'
import { byArea, readRequirements } from './requirements.ts'

const introduction = `<!-- Made from features.json by npm run generate. -->

# What Hearth is to do

One row a feature. The ids are stable and tests cite them; [status.md](status.md) lists which are shown by a test today.
`

export const featuresPage: Generator = {
  file: 'docs/features.md',
  make: async (root) => {
    const sections = byArea(await readRequirements(root)).map(([title, features]) => {
      const rows = features.map(({ id, title, description }) => `- **${id} ${title}.** ${description}`)
      return `\n## ${title}\n\n${rows.join('\n')}\n`
    })
    return introduction + sections.join('')
  },
}
