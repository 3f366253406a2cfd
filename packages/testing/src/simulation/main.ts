import { parseArgs } from 'node:util'
import { planOf } from './plan.ts'
import { simulate } from './run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'stop-at-first': { type: 'boolean', default: false },
  },
})

process.on('unhandledRejection', (error) => {
  console.error('something was thrown that nobody caught', error)
  process.exit(1)
})

if (values.seed === undefined) await many(Number(values.from), Number(values.seeds))
else await one(values.seed)

async function one(seed: string): Promise<void> {
  const result = await simulate(planOf(seed), values.trace ? { trace: (line) => console.log(line) } : {})
  for (const fault of result.faults) console.log(`seed ${seed}: ${fault}`)
  console.log(
    `seed ${seed}: ${result.faults.length} faults, ${result.commits} commits, trace ${result.hash.slice(0, 16)}`,
  )
  process.exitCode = result.faults.length === 0 ? 0 : 1
}

async function many(from: number, count: number): Promise<void> {
  const began = performance.now()
  let failed = 0
  let commits = 0
  for (let seed = from; seed < from + count; seed += 1) {
    const result = await simulate(planOf(String(seed)))
    commits += result.commits
    if (result.faults.length === 0) continue
    failed += 1
    console.log(
      `seed ${seed}: ${result.faults.slice(0, 3).join('\n  ')}\n  replay: npm run simulate -- --seed ${seed} --trace`,
    )
    if (values['stop-at-first']) break
  }
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${count} seeds, ${failed} failed, ${commits} commits, ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} seeds/s`,
  )
  process.exitCode = failed === 0 ? 0 : 1
}
