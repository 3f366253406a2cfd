import type { Delivery } from './deliveries.ts'

export interface Finding {
  readonly type: string
  readonly detail: string
}

export function finding(type: string, detail: string): Finding {
  return { type, detail }
}

export function occurrenceKey({ text, due }: { readonly text: string; readonly due: number }): string {
  return `${text}@${due}`
}

export function isAccepted(delivery: Delivery): boolean {
  return delivery.outcome === 'accepted'
}

export function time(at: number): string {
  return new Date(at).toISOString()
}
