/** Whether a trace is sent. `caller`: what the caller said of it, where it follows the trace itself. */
export type Sampler = (traceId: string, caller: boolean | undefined) => boolean

const parts = 2 ** 52

/** The same for all who see the trace: its last 13 digits are as good as chance. */
const ratioOf = (ratio: number): Sampler => {
  const bound = ratio * parts
  return (traceId) => Number.parseInt(traceId.slice(-13), 16) < bound
}

const always: Sampler = () => true
const never: Sampler = () => false
const orCaller =
  (root: Sampler): Sampler =>
  (traceId, caller) =>
    caller ?? root(traceId, caller)

/** By the names of `OTEL_TRACES_SAMPLER`; null for one that is not known. */
export function samplerNamed(name = 'parentbased_always_on', argument = '1'): Sampler | null {
  const given = Number(argument)
  const ratio = given >= 0 && given <= 1 ? given : 1
  switch (name) {
    case 'always_on':
      return always
    case 'always_off':
      return never
    case 'traceidratio':
      return ratioOf(ratio)
    case 'parentbased_always_on':
      return orCaller(always)
    case 'parentbased_always_off':
      return orCaller(never)
    case 'parentbased_traceidratio':
      return orCaller(ratioOf(ratio))
    default:
      return null
  }
}
