// npm runs this before and after it packs: the package is TypeScript where it is written, and JavaScript with its types where it
// is installed. Plain JavaScript, since npm may run on an older Node.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const root = join(here, '../..')
const built = join(here, 'dist')
const manifest = join(here, 'package.json')
const kept = join(here, 'package.json.kept')

restore()
if (process.argv[2] !== 'restore') {
  try {
    build()
  } catch (error) {
    restore()
    throw error
  }
}

/** Puts back what a pack, perhaps one that was cut short, has replaced. */
function restore() {
  rmSync(built, { recursive: true, force: true })
  if (existsSync(kept)) renameSync(kept, manifest)
}

function build() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', join(here, 'pack/tsconfig.json'), '--outDir', built], {
    stdio: ['ignore', 2, 2],
  })
  // The compiler leaves the endings of its declarations as they were written.
  for (const file of readdirSync(built, { recursive: true }).map((name) => join(built, String(name))))
    if (file.endsWith('.d.ts'))
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'"))
  writeManifest()
}

function writeManifest() {
  const { devDependencies: _development, ...own } = JSON.parse(readFileSync(manifest, 'utf8'))
  renameSync(manifest, kept)
  const packed = {
    ...own,
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    scripts: { postpack: own.scripts.postpack },
  }
  writeFileSync(manifest, `${JSON.stringify(packed, null, 2)}\n`)
}
