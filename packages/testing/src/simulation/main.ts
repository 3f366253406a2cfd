import { misused, wordsOf } from '../words.ts'
import { planOf } from './plan.ts'
import { simulate } from './run.ts'

const usage = `Usage: npm run simulate -- [--seeds N] [--from F] [--stop-at-first]
       npm run simulate -- --seed S [--trace]
  --seeds          how many runs (1000)
  --from           the first of them (1)
  --stop-at-first  ends with the first that fails
  --seed           one run, the same again
  --trace          with everything that happens in it`

const { values } = wordsOf(usage, {
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

const whole = (name: 'seeds' | 'from'): number => {
  const text = values[name]
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : misused(usage, `--${name} takes a whole number above 0.`)
}

if (values.seed === undefined) await many(whole('from'), whole('seeds'))
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
