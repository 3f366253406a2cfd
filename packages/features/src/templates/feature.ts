import type { Feature } from '../feature.ts'
import { template, templatesView, textsView, versionsView } from './actor.ts'
import { remove, rollback, set } from './changing.ts'
import { diff, get, list, versions } from './listing.ts'
import { templateEffects } from './rendering.ts'
import { render, test } from './trying.ts'

export const feature: Feature = {
  name: 'templates',
  actors: [template],
  views: [templatesView, versionsView, textsView],
  operations: [set, get, list, versions, diff, rollback, remove, render, test],
  errors: {
    'templates.unknown': { status: 404, title: 'There is no such template' },
    'templates.version-unknown': { status: 404, title: 'There is no such version of this template' },
    'templates.invalid': { status: 422, title: 'The template cannot be read' },
    'templates.failed': { status: 422, title: 'The template goes wrong with these variables' },
    'templates.too-much': { status: 422, title: 'The template takes or makes more than it may' },
    'templates.cut': { status: 503, title: 'The template could not be rendered just now', retry: 'later' },
  },
  effects: templateEffects,
}
