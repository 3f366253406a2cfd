import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { PlaceSettings } from '../../src/backups/places/place.ts'
import { freePort } from '../free-port.ts'

const root = join(import.meta.dirname, '../../../..')
const programs = [join(root, '.services/venv/bin/moto_server'), 'moto_server']
const isWanted = process.env['HEARTH_TEST_S3'] !== undefined
const works = (each: string): boolean => spawnSync(each, ['--help'], { stdio: 'ignore' }).status === 0
const program = isWanted ? programs.find(works) : undefined

/** Why there is no S3 to test against; false where there is one. */
export const withoutS3: string | false = !isWanted
  ? 'HEARTH_TEST_S3 is not set, as .ci/run does'
  : program === undefined
    ? 'moto_server (PyPI: moto[server,s3]) is not installed: .ci/run installs it'
    : false

if (withoutS3 !== false && process.env['HEARTH_TEST_S3'] === 'must') throw new Error(withoutS3)

export interface S3Service extends AsyncDisposable {
  readonly endpoint: string
  readonly settings: PlaceSettings
  /** What `HEARTH_S3_…` must be for it. */
  readonly env: Readonly<Record<string, string>>
  makeBucket(name: string): Promise<void>
  /** Ends the program: nothing answers any more. What it held is gone. */
  stop(): Promise<void>
}

/** A real server of S3's protocol, in a process of its own. */
export async function startS3(): Promise<S3Service> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const child = spawn(program ?? '', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore', detached: true })
  const gone = once(child, 'exit')
  const answers = () =>
    fetch(endpoint).then(
      (response) => response.text(),
      () => null,
    )
  while ((await answers()) === null) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`)
    await sleep(50)
  }
  const [id, secret] = ['testing', 'testing-secret']
  const client = new AwsClient({ accessKeyId: id, secretAccessKey: secret, region: 'us-east-1', service: 's3' })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      // Some ways of installing it put a shell between.
      process.kill(-child.pid, 'SIGKILL')
      await gone
    }
  }
  return {
    endpoint,
    settings: { s3Endpoint: endpoint, s3Region: 'us-east-1', s3AccessKeyId: id, s3SecretAccessKey: secret },
    env: {
      HEARTH_S3_ENDPOINT: endpoint,
      HEARTH_S3_REGION: 'us-east-1',
      HEARTH_S3_ACCESS_KEY_ID: id,
      HEARTH_S3_SECRET_ACCESS_KEY: secret,
    },
    makeBucket: async (name) => void (await (await client.fetch(`${endpoint}/${name}`, { method: 'PUT' })).text()),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
