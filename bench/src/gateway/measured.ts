import { memoryOf } from '../cost.ts'
import type { RunningGateway } from '../gateways/gateway.ts'
import { growth } from '../overload/memory.ts'
import type { MemorySample } from '../overload/memory.ts'
import { figuresOf } from '../result.ts'
import type { Figures } from '../result.ts'
import type { Found } from './figures.ts'
import { measureRound } from './measure.ts'
import type { GatewaySettings } from './measure.ts'

/** What is known of one gateway, round after round. */
export class Measured {
  readonly #gateway: RunningGateway
  readonly #rounds: Found[] = []
  readonly #memory: MemorySample[] = []
  #answered = 0

  constructor(gateway: RunningGateway) {
    this.#gateway = gateway
    this.#rounds.push({ startMs: gateway.startMs, ...this.#held('idle') })
  }

  get answered(): number {
    return this.#answered
  }

  async warmUp(settings: GatewaySettings): Promise<void> {
    this.#answered += (await measureRound(this.#gateway, settings)).answered
  }

  async round(settings: GatewaySettings): Promise<Found> {
    const { figures, answered, memory } = await measureRound(this.#gateway, settings)
    this.#answered += answered
    this.#memory.push(...memory)
    return figures
  }

  keep(found: Found): void {
    this.#rounds.push(found)
  }

  figures(): Figures {
    return figuresOf([...this.#rounds, { ...this.#held('end'), memoryGrowth: growth(this.#memory) }])
  }

  /** With its PostgreSQL and without. */
  #held(when: string): Found {
    const { server, postgres } = this.#gateway.processes
    const [own, store] = [memoryOf(server()), memoryOf(postgres())]
    if (store === null) return { [`bytes.${when}`]: own }
    return { [`bytes.${when}`]: (own ?? 0) + store, [`serverBytes.${when}`]: own, [`postgresBytes.${when}`]: store }
  }
}
