import type { BenchResult, Figures } from './result.ts'

export function resultText(result: BenchResult): string {
  const { name, commit, machine, ours, peers, aims, acknowledged, verified } = result
  const lines = [
    `bench ${name} at ${commit}`,
    `${machine.system}, ${machine.cores} × ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, Node ${machine.node}`,
    `settings: ${JSON.stringify(result.settings)}`,
    ...table('ours', ours),
  ]
  for (const [peer, figures] of Object.entries(peers)) {
    lines.push(
      ...('absent' in figures ? [`${peer}: absent, ${String(figures.absent)}`] : table(peer, figures as Figures)),
    )
  }
  for (const { name: aim, aim: wanted, value, met } of aims)
    lines.push(`${met ? 'met    ' : 'NOT MET'} ${aim} ${wanted}: ${value}`)
  lines.push(`acknowledged ${acknowledged}, verified ${verified}${acknowledged === verified ? '' : ': THEY DIFFER'}`)
  return `${lines.join('\n')}\n`
}

function table(title: string, figures: Figures): string[] {
  const width = Math.max(0, ...Object.keys(figures).map((name) => name.length))
  const rows = Object.entries(figures).map(
    ([name, { min, median, max }]) => `  ${name.padEnd(width)}  ${median}  (${min} to ${max})`,
  )
  return [`${title}:`, ...rows]
}
