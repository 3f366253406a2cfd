import { cool, type Cooling } from './cooling.ts'
import { unused, type DeploymentState } from './state.ts'

/** What is known of every deployment and key, within bounds. */
export interface Book {
  readonly deployments: ReadonlyMap<string, DeploymentState>
  readonly keys: ReadonlyMap<string, Cooling>
  stateOf(deployment: string): DeploymentState
  change(deployment: string, by: (state: DeploymentState) => DeploymentState): void
  coolingOf(key: string): Cooling
  setCooling(key: string, cooling: Cooling): void
  forgetOld(now: number): void
}

/** What nobody used or spoke of for so long is forgotten. */
const keptMs = 3_600_000
/** Whoever asks for models that there are not makes a deployment of each: those that were used least lately make room. */
const most = 5000
/** While there are few, it is not noted who was used last: to move an entry takes longer than to change it. */
const few = most / 2

export function createBook(): Book {
  const deployments = new Map<string, DeploymentState>()
  const keys = new Map<string, Cooling>()
  const stateOf = (id: string): DeploymentState => deployments.get(id) ?? unused
  const makeRoom = (): void => {
    for (const [id, { inFlight }] of deployments) {
      if (inFlight > 0) continue
      deployments.delete(id)
      break
    }
  }
  return {
    deployments,
    keys,
    stateOf,
    change: (id, by) => {
      const changed = by(stateOf(id))
      if (deployments.size > few) deployments.delete(id)
      deployments.set(id, changed)
      if (deployments.size > most) makeRoom()
    },
    coolingOf: (key) => keys.get(key) ?? cool,
    setCooling: (key, cooling) => {
      keys.set(key, cooling)
    },
    forgetOld: (now) => {
      for (const [id, { touched, inFlight }] of deployments)
        if (inFlight === 0 && now - touched > keptMs) deployments.delete(id)
      for (const [id, { until }] of keys) if (now - until > keptMs) keys.delete(id)
    },
  }
}
