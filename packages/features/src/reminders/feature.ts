import type { Feature } from '../feature.ts'
import { reminder, remindersView } from './actor.ts'
import { changing } from './changing.ts'
import { listing } from './listing.ts'
import { preview } from './preview.ts'
import { sendingOperations } from './sending/operations.ts'
import { receivedView, senders, sendersView } from './sending/senders.ts'
import { sentReminder, sentView } from './sending/sent.ts'
import { settings, settingsOperations, settingsView } from './settings.ts'

export const feature: Feature = {
  name: 'reminders',
  actors: [reminder, sentReminder, senders, settings],
  views: [remindersView, sentView, sendersView, receivedView, settingsView],
  operations: [...changing, ...listing, preview, ...settingsOperations, ...sendingOperations],
  errors: {
    'reminders.unknown': { status: 404, title: 'There is no such reminder' },
    'reminders.over': { status: 409, title: 'This reminder rings no more' },
    'reminders.nothing-open': { status: 409, title: 'There is nothing to put off' },
    'reminders.sender-refused': { status: 403, title: 'No reminders are taken from this sender' },
    'reminders.too-many-senders': { status: 409, title: 'There are too many senders' },
    'reminders.never': { status: 422, title: 'This rule has no occurrence' },
    'reminders.zone-and-offset': { status: 422, title: 'A time has a zone or an offset, not both' },
    'reminders.too-far': { status: 422, title: 'The occurrences of this rule cannot be followed' },
    'reminders.too-many-missed': { status: 422, title: 'Too many occurrences have passed already' },
  },
}
