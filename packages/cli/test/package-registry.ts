import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface RegisteredPackage {
  readonly name: string
  readonly version: string
  readonly files: Readonly<Record<string, string>>
  readonly manifest?: Readonly<Record<string, unknown>>
}

export interface PackageRegistry extends AsyncDisposable {
  readonly url: string
  readonly asked: string[]
  integrityOf(name: string): string
}

/** Serves packages as npm asks for them. */
export async function startRegistry(folder: string, packages: readonly RegisteredPackage[]): Promise<PackageRegistry> {
  const asked: string[] = []
  const tarballs = new Map<string, Buffer>()
  for (const one of packages) tarballs.set(one.name, await packed(folder, one))
  const integrityOf = (name: string): string =>
    `sha512-${createHash('sha512')
      .update(tarballs.get(name) ?? '')
      .digest('base64')}`
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    asked.push(path)
    const tarball = tarballs.get(path.replace(/\.tgz$/, ''))
    const found = packages.find(({ name }) => name === path)
    if (path.endsWith('.tgz') && tarball !== undefined) return void response.end(tarball)
    if (found === undefined) return void response.writeHead(404).end()
    const { name, version, manifest } = found
    const dist = { tarball: `${url}/${name}.tgz`, integrity: integrityOf(name) }
    const versions = { [version]: { name, version, ...manifest, dist } }
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    integrityOf,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function packed(folder: string, { name, version, files, manifest }: RegisteredPackage): Promise<Buffer> {
  const place = join(folder, name.replaceAll('/', '+'))
  await mkdir(join(place, 'package'), { recursive: true })
  const all = { 'package.json': JSON.stringify({ name, version, ...manifest }), ...files }
  for (const [path, text] of Object.entries(all)) await writeFile(join(place, 'package', path), text)
  execFileSync('tar', ['-czf', 'package.tgz', 'package'], { cwd: place })
  return readFile(join(place, 'package.tgz'))
}
