/** One event of `text/event-stream`. A name is a word, of one line. */
export function sseEvent(data: string, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`
  if (!data.includes('\n') && !data.includes('\r')) return `${name}data: ${data}\n\n`
  return `${name}${data
    .split(/\r\n?|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`
}
