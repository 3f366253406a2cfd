import { test } from 'node:test'
import { blobCases, createMemoryBlob } from '../../src/index.ts'

const limit = 2 * 1024 * 1024
const subject = { blob: createMemoryBlob({ limit }), limit }

for (const { group, name, run } of blobCases) test(`${group}: ${name}`, () => run(subject))
