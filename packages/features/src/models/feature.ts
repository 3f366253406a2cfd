import type { Feature } from '../feature.ts'
import { account, accountsView } from './budget/account.ts'
import { limits } from './budget/limits.ts'
import * as budgets from './budget/operations.ts'
import { cacheCounted } from './cache-meter.ts'
import { cachesActor, getCaches, setCaches } from './caches.ts'
import * as calls from './calls.ts'
import { countRoute } from './count-route.ts'
import { modelEffects } from './effect.ts'
import { callsView, ledger } from './ledger.ts'
import * as listing from './listing.ts'
import * as files from './files.ts'
import { counted } from './meter.ts'
import { declarations } from './declared/actor.ts'
import { declared } from './declared/listing.ts'
import { declare, refresh, undeclare } from './declared/operations.ts'
import { explain, getPolicy, policyActor, setPolicy } from './policy.ts'
import * as providers from './providers.ts'
import { ratesActor } from './rates/actor.ts'
import { listRates, setRate } from './rates/operations.ts'
import { registry } from './registry.ts'
import { routes } from './routes.ts'
import { simulatePolicy } from './simulating.ts'
import { textsCounted } from './texts/meter.ts'
import { getTexts, removeTexts, setPatterns, setTexts } from './texts/operations.ts'
import { textsSetting } from './texts/setting.ts'
import { term, termsView } from './texts/term.ts'
import { callText } from './texts/text.ts'

export const feature: Feature = {
  name: 'models',
  actors: [
    registry,
    ledger,
    account,
    limits,
    policyActor,
    ratesActor,
    declarations,
    cachesActor,
    textsSetting,
    term,
    callText,
  ],
  views: [callsView, accountsView, termsView],
  operations: [
    providers.add,
    providers.list,
    providers.test,
    providers.remove,
    listing.list,
    declared,
    declare,
    undeclare,
    refresh,
    files.add,
    calls.list,
    calls.get,
    budgets.set,
    budgets.list,
    budgets.reconcile,
    setRate,
    listRates,
    setPolicy,
    getPolicy,
    explain,
    simulatePolicy,
    setCaches,
    getCaches,
    setTexts,
    setPatterns,
    getTexts,
    removeTexts,
  ],
  foreign: [...routes, countRoute],
  errors: {
    'providers.unknown': { status: 404, title: 'There is no such provider' },
    'providers.too-many': { status: 409, title: 'There are too many providers' },
    'budgets.exhausted': { status: 402, title: 'The budget is used up' },
    'budgets.nothing-lost': { status: 409, title: 'So much was not lost' },
    'providers.no-listing': { status: 424, title: 'The provider does not say what it has' },
    'models.undeclared': { status: 404, title: 'Nothing is said of such a model' },
    'models.too-much-declared': { status: 409, title: 'Too much is said of models' },
    'models.price-unknown': { status: 422, title: 'No price is known for this model' },
    'models.not-allowed': { status: 403, title: 'This key may not use that model' },
    'models.thread-unknown': { status: 404, title: 'No conversation is kept here' },
    'models.file-refused': { status: 403, title: 'This key may name no files' },
    'models.file-unusable': { status: 422, title: 'No model can be run from this file' },
    'models.unknown': { status: 404, title: 'There is no such model' },
    'models.not-supported': { status: 422, title: 'The gateway does not do that' },
    'calls.unknown': { status: 404, title: 'There is no such call' },
    'models.rate-exceeded': { status: 429, title: 'So much may be asked in a minute', retry: 'later' },
    'rates.too-many': { status: 409, title: 'There are too many rates' },
    'models.none-fits': { status: 422, title: 'No model that may be asked can do that' },
    'models.resting': { status: 503, title: 'All that would do are at rest', retry: 'later' },
    'models.too-long': { status: 400, title: 'The request is too long for every model that may be asked' },
    'texts.too-many': { status: 409, title: 'There are too many settings of texts' },
    'texts.not-removed': { status: 503, title: 'Texts could not be removed just now', retry: 'later' },
    'models.cut': { status: 503, title: 'The call was cut short', retry: 'later' },
  },
  effects: modelEffects,
  counted: [...counted, ...cacheCounted, ...textsCounted],
  notices: { 'budget.passed': 'a soft limit of a budget was passed: budgets.list says which' },
}
