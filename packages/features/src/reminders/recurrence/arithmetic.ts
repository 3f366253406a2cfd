export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** The first of `anchor + n * interval` that is not below `value`; n may be below zero. */
export function alignUp(value: number, anchor: number, interval: number): number {
  return anchor + Math.ceil((value - anchor) / interval) * interval
}

/** Never below zero. */
export function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

/** How many values of a sorted list are below `value`. */
export function lowerBound(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
