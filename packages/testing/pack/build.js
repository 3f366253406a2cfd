// npm runs this before and after it packs: the package is TypeScript where it is written, and JavaScript with its types, its
// neighbours beside it, where it is installed. Plain JavaScript, since npm may run on an older Node.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const root = join(here, '../..')
const built = join(here, 'dist')
const manifest = join(here, 'package.json')
const kept = join(here, 'package.json.kept')

if (process.argv[2] === 'restore') restore()
else {
  restore()
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
  keepReachable(join(built, 'protocol/src'))
  for (const file of filesUnder(built)) writeFileSync(file, pointed(file))
  writeManifest()
}

/** Leaves out what needs a library: nothing here uses it, and the package is to stand alone. */
function keepReachable(folder) {
  const index = join(folder, 'index')
  const names = filesUnder(folder).map((file) => file.replace(/(\.d\.ts|\.js)$/, ''))
  const dropped = new Set(names.filter((name) => name !== index && needsLibrary(name)))
  for (const ending of ['.js', '.d.ts']) {
    const lines = readFileSync(index + ending, 'utf8').split('\n')
    const stays = (line) => {
      const target = /from '(\.[^']+)\.(?:js|ts)'/.exec(line)?.[1]
      return target === undefined || !dropped.has(join(folder, target))
    }
    writeFileSync(index + ending, lines.filter(stays).join('\n'))
    for (const name of dropped) rmSync(name + ending)
  }
}

function needsLibrary(path, seen = new Set()) {
  if (seen.has(path)) return false
  seen.add(path)
  const text = readFileSync(`${path}.js`, 'utf8') + readFileSync(`${path}.d.ts`, 'utf8')
  const targets = [...text.matchAll(/from '([^']+)'/g)].map(([, target]) => target)
  return targets.some((target) =>
    target.startsWith('.')
      ? needsLibrary(join(dirname(path), target.replace(/\.(js|ts)$/, '')), seen)
      : !/^(node:|@hearth\/)/.test(target),
  )
}

/** Neighbours are found beside, not by name. */
function pointed(file) {
  return readFileSync(file, 'utf8')
    .replaceAll(/(from |import\()'@hearth\/(\w+)'/g, (_, before, name) => {
      const path = relative(dirname(file), join(built, name, 'src/index.js'))
      return `${before}'${path.startsWith('.') ? path : `./${path}`}'`
    })
    .replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'")
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => /\.(js|d\.ts)$/.test(file))
}

function writeManifest() {
  const own = JSON.parse(readFileSync(manifest, 'utf8'))
  renameSync(manifest, kept)
  const packed = {
    ...own,
    exports: { '.': { types: './dist/testing/src/index.d.ts', default: './dist/testing/src/index.js' } },
    dependencies: {},
    scripts: { postpack: own.scripts.postpack },
  }
  writeFileSync(manifest, `${JSON.stringify(packed, null, 2)}\n`)
}
