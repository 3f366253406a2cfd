import type { Flow } from './flow.ts'
import { keyFlows, secretFlows, peopleFlows, probeFlows, repairFlows } from './flows-others.ts'
import { modelFlows } from './flows-models.ts'
import { attendedFlows, reminderFlows, webhookFlows } from './flows-reminders.ts'
import { sendingFlows } from './flows-sending.ts'

/** Everything that the features do. What none of these goes through fails the test: a new feature adds a flow. */
export const flows: readonly Flow[] = [
  ...reminderFlows,
  ...attendedFlows,
  ...webhookFlows,
  ...sendingFlows.map((flow) => ({ ...flow, lanes: 2 })),
  ...probeFlows,
  ...peopleFlows,
  ...keyFlows,
  ...secretFlows,
  ...modelFlows,
  ...repairFlows,
]
