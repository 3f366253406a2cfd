// What scripts/pack.js makes of the package holds its neighbours beside it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export function finish(built, filesUnder) {
  keepReachable(join(built, 'protocol/src'), filesUnder)
  for (const file of filesUnder(built)) writeFileSync(file, pointed(file, built))
}

/** Leaves out what needs a library: nothing here uses it, and the package is to stand alone. */
function keepReachable(folder, filesUnder) {
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
function pointed(file, built) {
  return readFileSync(file, 'utf8').replaceAll(/(from |import\()'@hearth\/(\w+)'/g, (_, before, name) => {
    const path = relative(dirname(file), join(built, name, 'src/index.js'))
    return `${before}'${path.startsWith('.') ? path : `./${path}`}'`
  })
}
