import { define } from './define.js'
import { loadFrame } from './frame.js'

/** A tree of nodes without layout, styles or parsing. */
class PageNode extends EventTarget {
  childNodes: PageNode[] = []
  parentNode: PageNode | null = null
  textContent = ''

  get parentElement(): PageElement | null {
    return this.parentNode instanceof PageElement ? this.parentNode : null
  }

  get children(): PageElement[] {
    return this.childNodes.filter((node) => node instanceof PageElement)
  }

  get firstChild(): PageNode | null {
    return this.childNodes[0] ?? null
  }

  get lastChild(): PageNode | null {
    return this.childNodes.at(-1) ?? null
  }

  get isConnected(): boolean {
    return isRoot(this) || this.parentNode?.isConnected === true
  }

  appendChild<Child extends PageNode>(node: Child): Child {
    node.parentNode?.removeChild(node)
    this.childNodes.push(node)
    node.parentNode = this
    if (node instanceof IframeElement && node.isConnected) loadFrame(node)
    return node
  }

  removeChild<Child extends PageNode>(node: Child): Child {
    this.childNodes = this.childNodes.filter((child) => child !== node)
    node.parentNode = null
    return node
  }

  append(...nodes: PageNode[]): void {
    for (const node of nodes) this.appendChild(node)
  }

  remove(): void {
    this.parentNode?.removeChild(this)
  }
}

class PageElement extends PageNode {
  readonly localName: string
  readonly tagName: string
  readonly #attributes = new Map<string, string>()

  constructor(tag: string) {
    super()
    this.localName = tag
    this.tagName = tag.toUpperCase()
  }

  get nodeName(): string {
    return this.tagName
  }

  get id(): string {
    return this.getAttribute('id') ?? ''
  }

  set id(value: string) {
    this.setAttribute('id', value)
  }

  get name(): string {
    return this.getAttribute('name') ?? ''
  }

  get content(): string {
    return this.getAttribute('content') ?? ''
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name.toLowerCase()) ?? null
  }

  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name.toLowerCase(), String(value))
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name.toLowerCase())
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name.toLowerCase())
  }

  getElementsByTagName(tag: string): PageElement[] {
    return descendants(this).filter((element) => tag === '*' || element.localName === tag.toLowerCase())
  }

  querySelectorAll(selectors: string): PageElement[] {
    return selectors
      .split(',')
      .map((selector) => selector.trim())
      .flatMap((selector) =>
        selector.startsWith('#')
          ? descendants(this).filter(({ id }) => id === selector.slice(1))
          : this.getElementsByTagName(selector),
      )
  }

  querySelector(selectors: string): PageElement | null {
    return this.querySelectorAll(selectors)[0] ?? null
  }
}

class HtmlElement extends PageElement {
  style: Record<string, string> = {}
  dataset: Record<string, string> = {}

  click(): void {
    this.dispatchEvent(new Event('click'))
  }
}

/** Nothing plays: no media events, no frames. */
class MediaElement extends HtmlElement {
  srcObject: unknown = null

  play(): Promise<void> {
    return Promise.resolve()
  }

  pause(): void {
    // nothing plays
  }
}

class VideoElement extends MediaElement {
  videoWidth = 0
  videoHeight = 0
}
class AudioElement extends MediaElement {}

/** What is drawn goes nowhere, so nothing reads it back either. */
class CanvasContext {
  fillStyle = '#000000'

  fillRect(): void {
    // goes nowhere
  }
}

class CanvasElement extends HtmlElement {
  width = 300
  height = 150
  readonly #context = new CanvasContext()

  getContext(type: string): CanvasContext | null {
    return type === '2d' ? this.#context : null
  }
}

/** `captureStream()` of a canvas, where tracks can be made for it. */
export function captureCanvases(captureStream: (size: { width: number; height: number }) => unknown): void {
  define(CanvasElement.prototype, 'captureStream', function (this: CanvasElement) {
    return captureStream({ width: this.width, height: this.height })
  })
}

export class IframeElement extends HtmlElement {
  srcdoc = ''
  contentWindow: object | null = null
  onload: ((event: Event) => void) | null = null
}

type ElementClass = new (tag: string) => PageElement
const BY_TAG: Readonly<Record<string, ElementClass>> = {
  video: VideoElement,
  audio: AudioElement,
  canvas: CanvasElement,
  iframe: IframeElement,
}

export class PageDocument extends EventTarget {
  readonly URL: string
  readonly documentURI: string
  readonly baseURI: string
  readonly contentType = 'text/html'
  readonly visibilityState = 'visible'
  readonly hidden = false
  readonly defaultView = globalThis
  readonly currentScript = null
  readonly documentElement = new HtmlElement('html')
  readonly head: PageElement
  readonly body: PageElement
  readonly location: URL
  readonly title: string
  readyState: 'loading' | 'interactive' | 'complete' = 'loading'

  constructor(location: URL, title: string) {
    super()
    this.location = location
    this.URL = this.documentURI = this.baseURI = location.href
    this.head = this.documentElement.appendChild(new HtmlElement('head'))
    this.body = this.documentElement.appendChild(new HtmlElement('body'))
    this.title = title
    if (title === '') return
    // testharness.js names tests without a name after it.
    const element = this.head.appendChild(new HtmlElement('title'))
    element.textContent = title
    element.appendChild(Object.assign(this.createTextNode(title), { data: title }))
  }

  /** An element that stands in the page. */
  addParsed(tag: string, attributes: Readonly<Record<string, string>>): PageElement {
    const element = tag === 'body' ? this.body : this.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
    if (element === this.body) return element
    return (tag === 'meta' || tag === 'link' ? this.head : this.body).appendChild(element)
  }

  hasFocus(): boolean {
    return true
  }

  createElement(tag: string): PageElement {
    const name = tag.toLowerCase()
    return new (BY_TAG[name] ?? HtmlElement)(name)
  }

  createElementNS(_namespace: string | null, tag: string): PageElement {
    return this.createElement(tag)
  }

  createTextNode(text: string): PageNode {
    return Object.assign(new PageNode(), { textContent: text })
  }

  getElementById(wanted: string): PageElement | null {
    return descendants(this.documentElement).find(({ id }) => id === wanted) ?? null
  }

  getElementsByTagName(tag: string): PageElement[] {
    return this.documentElement.getElementsByTagName(tag)
  }

  querySelector(selectors: string): PageElement | null {
    return this.documentElement.querySelector(selectors)
  }

  querySelectorAll(selectors: string): PageElement[] {
    return this.documentElement.querySelectorAll(selectors)
  }
}

/** idlharness.js looks for this name. */
class PageWindow extends EventTarget {}

export const DOCUMENT_CLASSES = {
  Window: PageWindow,
  Node: PageNode,
  Element: PageElement,
  HTMLElement: HtmlElement,
  HTMLMediaElement: MediaElement,
  HTMLVideoElement: VideoElement,
  HTMLAudioElement: AudioElement,
  HTMLCanvasElement: CanvasElement,
  HTMLIFrameElement: IframeElement,
  Document: PageDocument,
}
for (const [name, value] of Object.entries(DOCUMENT_CLASSES)) Object.defineProperty(value, 'name', { value: name })

function isRoot(node: PageNode): boolean {
  return (globalThis as { document?: unknown }).document instanceof PageDocument
    ? node === (globalThis as unknown as { document: PageDocument }).document.documentElement
    : node instanceof PageElement && node.localName === 'html'
}

function descendants(node: PageNode): PageElement[] {
  return node.children.flatMap((child) => [child, ...descendants(child)])
}
