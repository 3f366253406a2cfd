import { answerRequest, type RenderRequest } from './rendering.ts'

// A process of its own, for texts that may be anybody's: it can be ended at any moment, and what it uses up is its own.
process.on('message', (request) => {
  void answerRequest(request as RenderRequest).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ type: 'ready' })
