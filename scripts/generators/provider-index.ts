import { glob } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { camelCase } from './feature-index.ts'
import type { Generator } from './generator.ts'

/** A kind of provider is there because its folder is: nobody keeps this list. */
export const providerIndex: Generator = {
  file: 'packages/models/src/providers/index.ts',
  make: async (root) => {
    const files = await Array.fromAsync(glob('*/manifest.ts', { cwd: join(root, 'packages/models/src/providers') }))
    const folders = files.map((file) => basename(dirname(file))).toSorted()
    return [
      '// Made from the folders beside this file by npm run generate.',
      ...folders.map((folder) => `import { manifests as ${camelCase(folder)} } from './${folder}/manifest.ts'`),
      "import type { ProviderManifest } from '../provider.ts'",
      '',
      'export const providers: readonly ProviderManifest[] = [',
      ...folders.map((folder) => `  ...${camelCase(folder)},`),
      ']',
      '',
    ].join('\n')
  },
}
