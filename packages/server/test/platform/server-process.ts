import { HearthError } from '@hearth/protocol'
import { main } from '../../src/main.ts'
import { stubHearth } from '../doors/stub-hearth.ts'

/** A whole server process with nothing behind its door. TEST_TRICK says what goes wrong in it. */
const trick = process.env['TEST_TRICK']
const say = (text: string): void => void process.stderr.write(`stub: ${text}\n`)
/** When the test says so. */
const told = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()))
const forever = new Promise<never>(() => setInterval(() => undefined, 1000))

const hearth = stubHearth()
hearth.answer = async ({ input }) => {
  if (input === 'noise') process.stderr.write(`${'x'.repeat(20_000)}\n`)
  if (input === 'move') {
    hearth.postgresPid += 1
    hearth.changePlace()
  }
  if (input === 'throw')
    setImmediate(() => {
      throw new Error('nobody catches this')
    })
  if (input === 'reject') void Promise.reject(new Error('nobody catches this'))
  return { status: 200, body: '{}', contentType: 'application/json', headers: {} }
}

const code = await main(process.argv.slice(2), process.env, {
  compose: async ({ onFatal }) => {
    say('composing')
    if (trick === 'slow') await told
    if (trick === 'refuse') throw new HearthError('store.unsuitable', 'This database will not do.')
    if (trick === 'break') throw new Error('a mistake of ours')
    if (trick === 'lose') setTimeout(() => onFatal?.('another server has taken the database'), 50)
    if (trick === 'late') {
      hearth.ready = false
      void told.then(() => (hearth.ready = true))
    }
    return {
      ...hearth,
      health: hearth.health,
      place: hearth.place,
      drain: async () => {
        say('draining')
        if (trick === 'stuck') await forever
      },
      [Symbol.asyncDispose]: async () => say('disposed'),
    }
  },
})
process.exit(code)
