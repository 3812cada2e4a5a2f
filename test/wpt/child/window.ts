import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestFile } from '../test-file.js'
import { define } from './define.js'
import { captureCanvases, DOCUMENT_CLASSES, PageDocument } from './document.js'
import { BlobReader } from './file-reader.js'
import type { Implementation } from './implementation.js'
import { messageEvent } from './message-event.js'
import type { ChildTask } from './protocol.js'

/**
 * A window-like global for the main realm of a Node.js process: the least that testharness.js and the WebRTC tests need.
 * They then see the very ArrayBuffer, Promise, Event, EventTarget, Blob and DOMException that the implementation uses, so
 * no test fails because realms mix. Not emulated: media elements, pictures of a canvas, Web Audio, workers and frames with `src`.
 */
export interface WindowLike {
  /** As a browser reports an exception that nobody catches. */
  reportError(error: unknown): void
  /** `DOMContentLoaded` and `load`. */
  finishLoading(): void
}

type Handlers = Record<string, ((event: Event) => void) | undefined>

export function installWindow(task: ChildTask, test: TestFile, implementation: Implementation): WindowLike {
  const location = new URL(`https://web-platform.test:8443/${task.file}${task.variant}`)
  const dispatch = installEvents(globalThis)
  installProperties(globalThis, task, location)
  const document = new PageDocument(location, test.title)
  define(globalThis, 'document', document)
  for (const [name, value] of Object.entries(DOCUMENT_CLASSES)) define(globalThis, name, value)
  for (const { tag, attributes } of test.elements) {
    const element = document.addParsed(tag, attributes)
    const { id } = attributes
    if (id !== undefined && !(id in globalThis)) define(globalThis, id, element) // named access on the Window object
  }
  const { mediaDevices } = implementation
  installCanvasCapture(implementation)
  const navigator = { userAgent: `Node.js/${process.version}`, platform: process.platform }
  define(globalThis, 'navigator', mediaDevices === undefined ? navigator : { ...navigator, mediaDevices })
  const reportError = installErrorReports(dispatch, task.file)
  return {
    reportError,
    finishLoading() {
      document.readyState = 'interactive'
      document.dispatchEvent(new Event('DOMContentLoaded'))
      document.readyState = 'complete'
      dispatch(new Event('load'))
    },
  }
}

/** A canvas whose track sends what the implementation's tracks send, not what is drawn. */
function installCanvasCapture({ createTrack, globals }: Implementation): void {
  const MediaStream = globals['MediaStream'] as (new (tracks: readonly unknown[]) => unknown) | undefined
  if (createTrack === undefined || MediaStream === undefined) return
  captureCanvases((size) => new MediaStream([createTrack('video', size)]))
}

/** The window as an event target, with `on…` attributes. */
function installEvents(window: object): (event: Event) => boolean {
  const bus = new EventTarget()
  const dispatch = (event: Event): boolean => {
    const handler = (window as Handlers)[`on${event.type}`]
    if (typeof handler === 'function') bus.addEventListener(event.type, handler, { once: true })
    return bus.dispatchEvent(event)
  }
  define(window, 'addEventListener', bus.addEventListener.bind(bus), true)
  define(window, 'removeEventListener', bus.removeEventListener.bind(bus), true)
  define(window, 'dispatchEvent', dispatch, true)
  const postMessage = (data: unknown, options?: unknown, transfer?: unknown): void => {
    const list = Array.isArray(transfer) ? transfer : (options as { transfer?: unknown } | undefined)?.transfer
    const copy: unknown = structuredClone(data, Array.isArray(list) ? { transfer: list as ArrayBuffer[] } : undefined)
    setTimeout(() => dispatch(messageEvent(copy, window)))
  }
  define(window, 'postMessage', postMessage, true)
  return dispatch
}

function installProperties(window: typeof globalThis, task: ChildTask, location: URL): void {
  for (const name of ['self', 'window', 'parent', 'top', 'frames']) define(window, name, window, true)
  define(window, 'opener', null)
  define(window, 'name', '')
  define(window, 'closed', false)
  define(window, 'location', location)
  define(window, 'origin', location.origin)
  define(window, 'isSecureContext', true)
  define(window, 'crossOriginIsolated', false)
  define(window, 'requestAnimationFrame', (frame: (now: number) => void) =>
    setTimeout(() => frame(performance.now()), 16),
  )
  define(window, 'cancelAnimationFrame', (id: NodeJS.Timeout) => clearTimeout(id))
  define(window, 'getComputedStyle', () => ({ getPropertyValue: () => '' }))
  define(window, 'fetch', localFetch(window.fetch, task.wptFolder, location))
  if (!('FileReader' in window)) define(window, 'FileReader', BlobReader)
}

function installErrorReports(dispatch: (event: Event) => boolean, file: string): (error: unknown) => void {
  const reportError = (error: unknown): void => {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const event = new Event('error', { cancelable: true })
    dispatch(Object.assign(event, { error, message: `Uncaught ${text}`, filename: file, lineno: 0, colno: 0 }))
  }
  define(globalThis, 'reportError', reportError)
  // Node.js reports an exception in a listener this way, browsers by window.onerror.
  process.on('uncaughtException', reportError)
  const handledLate = new WeakSet<Promise<unknown>>()
  process.on('rejectionHandled', (promise: Promise<unknown>) => handledLate.add(promise))
  process.on('unhandledRejection', (reason, promise) => {
    // HTML queues a task before it notifies, and leaves out promises that are handled by then.
    setImmediate(() => {
      if (handledLate.has(promise)) return
      dispatch(Object.assign(new Event('unhandledrejection', { cancelable: true }), { reason, promise }))
    })
  })
  return reportError
}

/** Files of the checkout; nothing else is served here. */
function localFetch(realFetch: typeof fetch, wptFolder: string, location: URL): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location)
    if (url.origin !== location.origin) return realFetch(url, init)
    try {
      return new Response(await readFile(path.join(wptFolder, decodeURIComponent(url.pathname))))
    } catch {
      return new Response('not found', { status: 404 })
    }
  }
}
