/** How opaque content of ours begins, and no provider's own. In a file of its own: whoever only looks for it loads nothing else. */
export const sealMark = 'hearth.reasoning.1:'
