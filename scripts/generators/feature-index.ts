import { glob } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Generator } from './generator.ts'

export const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** A feature is there because its folder is: nobody keeps this list. */
export const featureIndex: Generator = {
  file: 'packages/features/src/index.ts',
  make: async (root) => {
    const files = await Array.fromAsync(glob('*/feature.ts', { cwd: join(root, 'packages/features/src') }))
    const folders = files.map((file) => basename(dirname(file))).toSorted()
    const imports = folders.map((folder) => `import { feature as ${camelCase(folder)} } from './${folder}/feature.ts'`)
    return [
      '// Made from the folders beside this file by npm run generate.',
      "export * from './feature.ts'",
      ...imports,
      "import type { Feature } from './feature.ts'",
      '',
      'export const features: readonly Feature[] = [',
      ...folders.map((folder) => `  ${camelCase(folder)},`),
      ']',
      '',
    ].join('\n')
  },
}
