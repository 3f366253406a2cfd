export const queue = 'effect'
