// Made from the folders beside this file by npm run generate.
export * from './feature.ts'
import { feature as backup } from './backup/feature.ts'
import { feature as history } from './history/feature.ts'
import { feature as keys } from './keys/feature.ts'
import { feature as models } from './models/feature.ts'
import { feature as people } from './people/feature.ts'
import { feature as probe } from './probe/feature.ts'
import { feature as reminders } from './reminders/feature.ts'
import { feature as secrets } from './secrets/feature.ts'
import { feature as templates } from './templates/feature.ts'
import { feature as webhooks } from './webhooks/feature.ts'
import type { Feature } from './feature.ts'

export const features: readonly Feature[] = [
  backup,
  history,
  keys,
  models,
  people,
  probe,
  reminders,
  secrets,
  templates,
  webhooks,
]
