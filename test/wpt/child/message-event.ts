/** What `window.postMessage()` delivers. */
export function messageEvent(data: unknown, source: unknown): Event {
  const event = new MessageEvent('message', { data })
  Object.defineProperty(event, 'origin', { value: (globalThis as { origin?: string }).origin })
  Object.defineProperty(event, 'source', { value: source })
  return event
}
