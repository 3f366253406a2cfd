// Loaded into a server that a test wants to see crash.
process.on('SIGWINCH', () => {
  setImmediate(() => {
    throw new Error('an error that nobody catches')
  })
})
