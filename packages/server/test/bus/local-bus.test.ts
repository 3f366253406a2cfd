import { after, test } from 'node:test'
import { busCases } from '@hearth/testing'
import { createLocalBus } from '../../src/bus/local-bus.ts'

const limit = 2 * 1024 * 1024
const bus = createLocalBus({ limit })
after(() => bus[Symbol.asyncDispose]())

for (const { group, name, run } of busCases) test(`${group}: ${name}`, () => run({ bus, limit }))
