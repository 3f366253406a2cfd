import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { featureIndex } from './generators/feature-index.ts'
import { featuresPage } from './generators/features-page.ts'
import { fieldLock } from './generators/field-lock.ts'
import type { Generator } from './generators/generator.ts'
import {
  configurationReference,
  errorsReference,
  metricsReference,
  operationsReference,
} from './generators/reference.ts'
import { sdkOperations } from './generators/sdk-operations.ts'
import { providersPage } from './generators/providers-page.ts'
import { providerIndex } from './generators/provider-index.ts'
import { statusPage } from './generators/status-page.ts'

// npm run generate writes the generated files; with --check it writes nothing and fails when one is stale.

const generators: readonly Generator[] = [
  featureIndex,
  providerIndex,
  fieldLock,
  sdkOperations,
  featuresPage,
  statusPage,
  operationsReference,
  errorsReference,
  configurationReference,
  metricsReference,
  providersPage,
]
const root = join(import.meta.dirname, '..')
const onlyCheck = process.argv.includes('--check')

const current = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function attempt({ file, make }: Generator): Promise<string | undefined> {
  try {
    return await make(root)
  } catch (error) {
    console.error(`${file} cannot be made: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
    return undefined
  }
}

// One after the other: some are made from what another one wrote.
for (const generator of generators) {
  const { file } = generator
  const path = join(root, file)
  const wanted = await attempt(generator)
  if (wanted === undefined) continue
  if ((await current(path)) === wanted) continue
  if (onlyCheck) {
    console.error(`${file} is stale: run npm run generate`)
    process.exitCode = 1
  } else {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, wanted)
    console.log(`wrote ${file}`)
  }
}
