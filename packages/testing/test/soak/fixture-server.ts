import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

/** Stands in for a server: ready at once, tells its pid, goes at SIGTERM. Its variables come by `env` like those of the real one. */
const { HEARTH_DATA: data = '', HEARTH_PORT: port = '' } = process.env
const file = join(data, 'server.json')

createServer((_request, response) => response.end()).listen(Number(port), '127.0.0.1', () => {
  writeFileSync(file, JSON.stringify({ url: '', pid: process.pid, version: '0', postgres: null }))
})
process.on('SIGTERM', () => {
  rmSync(file)
  process.exit(0)
})
