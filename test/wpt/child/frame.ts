import { define } from './define.js'
import type { IframeElement } from './document.js'
import { messageEvent } from './message-event.js'

/**
 * `<iframe srcdoc>` as a second window: its scripts run in a function scope of the main realm with their own `window` and
 * `onmessage`; messages between the two are structured clones, delivered in a task. The tests of perfect negotiation use
 * a frame for nothing else. A frame with `src` never loads here.
 */
export function loadFrame(frame: IframeElement): void {
  if (frame.srcdoc === '') return
  const outer = globalThis as unknown as { dispatchEvent(event: Event): boolean }
  const bus = new EventTarget()
  const inner = Object.create(outer) as { onmessage: ((event: Event) => void) | null }
  const parent = Object.create(outer) as object
  const post = (deliver: (event: Event) => void, source: object) => (data: unknown) => {
    const copy: unknown = structuredClone(data)
    setTimeout(() => deliver(messageEvent(copy, source)))
  }
  const intoFrame = (event: Event): void => {
    if (!frame.isConnected) return
    inner.onmessage?.(event)
    bus.dispatchEvent(event)
  }
  define(
    parent,
    'postMessage',
    post((event) => outer.dispatchEvent(event), inner),
  )
  const own = {
    window: inner,
    self: inner,
    parent,
    top: parent,
    onmessage: null,
    frameElement: frame,
    assert_equals: undefined,
    addEventListener: bus.addEventListener.bind(bus),
    removeEventListener: bus.removeEventListener.bind(bus),
    postMessage: post(intoFrame, outer),
  }
  for (const [name, value] of Object.entries(own)) define(inner, name, value)
  frame.contentWindow = inner
  setTimeout(() => {
    for (const [, code] of frame.srcdoc.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) runIn(inner, code ?? '')
    const event = new Event('load')
    frame.onload?.(event)
    frame.dispatchEvent(event)
  })
}

function runIn(window: object, code: string): void {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- this is what a frame does with its scripts
  const script = new Function('window', `with (window) { ${code} }`) as (window: object) => void
  script(window)
}
