import { readFileSync } from 'node:fs'
import path from 'node:path'

/** One thing that loading the test does: run a script of the checkout (absolute WPT path) or one written in the page. */
export type Step =
  | { readonly kind: 'src'; readonly path: string }
  | { readonly kind: 'inline'; readonly code: string; readonly line: number }

export interface PageElement {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
}

/** A test file, read into what a runner has to do. */
export interface TestFile {
  readonly steps: readonly Step[]
  readonly elements: readonly PageElement[]
  readonly variants: readonly string[]
  /** Wants 60 s instead of 10 s. */
  readonly long: boolean
  readonly title: string
  readonly text: string
}

// No HTML parser: the tests are plain enough for one regular expression.
const TOKEN =
  /<!--[\s\S]*?-->|<script\b([^>]*)>([\s\S]*?)<\/script\s*>|<title\b[^>]*>([\s\S]*?)<\/title\s*>|<([a-z][a-z0-9]*)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi
const ATTRIBUTE = /([^\s=/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?/g

/** Paths that the server of the Web Platform Tests rewrites. */
export const REWRITES: Readonly<Record<string, string>> = {
  '/resources/WebIDLParser.js': '/resources/webidl2/lib/webidl2.js',
}

/** `.window.js` and `.any.js`: tests without a page of their own. */
export const isScriptTest = (file: string): boolean => /\.(window|any)\.js$/.test(file)

export function readTestFile(wptFolder: string, file: string): TestFile {
  return parseTestFile(file, readFileSync(path.join(wptFolder, file), 'utf8'))
}

export function parseTestFile(file: string, text: string): TestFile {
  return isScriptTest(file) ? parseScriptTest(file, text) : parsePage(file, text)
}

/** `// META: key=value` lines. */
export function metaLines(text: string): [key: string, value: string][] {
  return [...text.matchAll(/^\/\/ ?META: ?([a-z]+)=(.*)$/gim)].map(([, key, value]) => [key!, value!.trim()])
}

export function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [, name, value = ''] of text.matchAll(ATTRIBUTE))
    attributes[name!.toLowerCase()] = value.replace(/^(["'])([\s\S]*)\1$/, '$2')
  return attributes
}

function parseScriptTest(file: string, text: string): TestFile {
  const meta = metaLines(text)
  const values = (wanted: string): string[] => meta.filter(([key]) => key === wanted).map(([, value]) => value)
  const scripts = ['/resources/testharness.js', '/resources/testharnessreport.js', ...values('script'), `/${file}`]
  return {
    steps: scripts.flatMap((src) => sourceStep(file, src)),
    elements: [],
    variants: values('variant'),
    long: values('timeout').includes('long'),
    title: values('title')[0] ?? '',
    text,
  }
}

function parsePage(file: string, text: string): TestFile {
  const steps: Step[] = []
  const elements: PageElement[] = []
  const variants: string[] = []
  let [long, title] = [false, '']
  for (const match of text.matchAll(TOKEN)) {
    const [whole, scriptAttributes, code, titleText, tag, tagAttributes] = match
    if (whole.startsWith('<!--')) continue
    if (scriptAttributes !== undefined) {
      const line = text.slice(0, match.index + whole.indexOf('>')).split('\n').length - 1
      steps.push(...scriptSteps(file, parseAttributes(scriptAttributes), code ?? '', line))
    } else if (titleText !== undefined) {
      title = titleText.trim()
    } else {
      const element = { tag: tag!.toLowerCase(), attributes: parseAttributes(tagAttributes ?? '') }
      const { name, content } = element.attributes as Partial<Record<string, string>>
      if (element.tag === 'meta' && name === 'variant') variants.push(content ?? '')
      if (element.tag === 'meta' && name === 'timeout') long = content === 'long'
      elements.push(element)
    }
  }
  return { steps, elements, variants, long, title, text }
}

function scriptSteps(file: string, attributes: Record<string, string>, code: string, line: number): Step[] {
  const type = (attributes['type'] ?? '').toLowerCase()
  if (type !== '' && !/javascript|^module$/.test(type)) return [] // a block of data
  const src = attributes['src']
  return src === undefined ? [{ kind: 'inline', code, line }] : sourceStep(file, src)
}

/** Nothing for a script of another host. */
function sourceStep(file: string, src: string): Step[] {
  const url = new URL(src, `http://wpt.invalid/${file}`)
  if (url.host !== 'wpt.invalid') return []
  const pathname = decodeURIComponent(url.pathname)
  return [{ kind: 'src', path: REWRITES[pathname] ?? pathname }]
}
