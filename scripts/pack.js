// npm runs this in a package's folder before and after it packs it: a package is TypeScript where it is written, and JavaScript with
// its types where it is installed. Plain JavaScript, since npm may run on an older Node.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The file of dist, without its ending, that the package is; or `restore`. */
const [, , entry] = process.argv
const folder = process.cwd()
const built = join(folder, 'dist')
const manifest = join(folder, 'package.json')
const kept = join(folder, 'package.json.kept')

restore()
if (entry !== 'restore') {
  try {
    await build()
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

async function build() {
  const compiler = join(folder, '../../node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', join(folder, 'pack/tsconfig.json'), '--outDir', built], {
    stdio: ['ignore', 2, 2],
  })
  // What a package does of its own with what was built.
  const own = join(folder, 'pack/finish.js')
  if (existsSync(own)) (await import(pathToFileURL(own).href)).finish(built, filesUnder)
  for (const file of filesUnder(built)) writeFileSync(file, withEndings(readFileSync(file, 'utf8')))
  writeManifest()
}

function filesUnder(under) {
  return readdirSync(under, { recursive: true })
    .map((file) => join(under, String(file)))
    .filter((file) => /\.(js|d\.ts)$/.test(file))
}

/** The compiler leaves those of its declarations as they were written. */
function withEndings(text) {
  return text.replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'")
}

/** What is packed stands alone. */
function writeManifest() {
  const { dependencies: _, devDependencies: _development, ...own } = JSON.parse(readFileSync(manifest, 'utf8'))
  renameSync(manifest, kept)
  const packed = {
    ...own,
    exports: { '.': { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` } },
    scripts: { postpack: own.scripts.postpack },
  }
  writeFileSync(manifest, `${JSON.stringify(packed, null, 2)}\n`)
}
