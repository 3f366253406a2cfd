/** From 0 to 1, without 1. */
export type Random = () => number
