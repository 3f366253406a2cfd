/** `npm test` has five minutes: what takes long, or says once more what others say, runs in .ci/run alone. */
export const isLong = process.env['HEARTH_TEST_LONG'] !== undefined

/** For the options of a test. */
export const onlyWhenLong = { skip: isLong ? false : 'HEARTH_TEST_LONG is not set, as .ci/run does' }

/** And .ci/run has twenty: what takes a minute or so runs in .ci/full. */
export const isFull = process.env['HEARTH_TEST_LONG'] === 'all'

export const onlyWhenFull = { skip: isFull ? false : 'HEARTH_TEST_LONG is not all, as .ci/full sets it' }
