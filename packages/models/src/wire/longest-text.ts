/** Of an answer that is followed so that another model can go on with it, in characters: what is longer is not kept. */
export const longestText = 1_000_000
