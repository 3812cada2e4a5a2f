import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseTestFile } from './test-file.js'
import { needsMedia } from './expectations.js'
import { expandList, fileTimeoutMillis, parseList, readList, readUnchecked, skipReason } from './test-list.js'

const page = `<!doctype html>
<!-- <script src="commented-out.js"></script> -->
<meta charset=utf-8><meta name="timeout" content="long">
<meta name="variant" content="?audio"><meta name='variant' content='?video'>
<title> Two
</title>
<script src=/resources/testharness.js></script>
<script src="../helper.js"></script><script src="/resources/WebIDLParser.js"></script>
<script src="https://other.example/elsewhere.js"></script>
<script type="application/json">{ "a": 1 }</script>
<video id="remote" title="a > b"></video>
<script type="module">
let x = 1 < 2
</script>`

describe('reading a page', () => {
  const parsed = parseTestFile('webrtc/protocol/a.html', page)

  test('scripts in their order, resolved; not those of comments, data and other hosts', () => {
    expect(parsed.steps).toEqual([
      { kind: 'src', path: '/resources/testharness.js' },
      { kind: 'src', path: '/webrtc/helper.js' },
      { kind: 'src', path: '/resources/webidl2/lib/webidl2.js' },
      { kind: 'inline', code: '\nlet x = 1 < 2\n', line: 11 },
    ])
  })

  test('title, variants, time and elements', () => {
    expect(parsed).toMatchObject({ title: 'Two', variants: ['?audio', '?video'], long: true })
    expect(parsed.elements).toContainEqual({ tag: 'video', attributes: { id: 'remote', title: 'a > b' } })
  })

  test('scripts without a page', () => {
    const text = '// META: title=T\n// META: timeout=long\n// META: script=helper.js\n// META: variant=?1\n'
    expect(parseTestFile('webrtc/a.window.js', text)).toMatchObject({
      steps: [
        { path: '/resources/testharness.js' },
        { path: '/resources/testharnessreport.js' },
        { path: '/webrtc/helper.js' },
        { path: '/webrtc/a.window.js' },
      ],
      title: 'T',
      long: true,
      variants: ['?1'],
    })
  })
})

describe('lists', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'wpt-list-'))
    mkdirSync(path.join(folder, 'webrtc'))
    writeFileSync(path.join(folder, 'webrtc/two.html'), page)
    writeFileSync(path.join(folder, 'webrtc/plain.html'), '<script>test(() => {})</script>')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('one path a line, without comments', () => {
    expect(parseList('# all\na.html # why\n\n  b.html\n')).toEqual(['a.html', 'b.html'])
  })

  test('one item for each variant, each file once, a reason for a file that is not there', () => {
    const items = expandList(folder, ['webrtc/two.html', 'webrtc/plain.html', 'webrtc/two.html', 'webrtc/none.html'])
    expect(items.map(({ file, variant, skip }) => [file, variant, skip])).toEqual([
      ['webrtc/two.html', '?audio', undefined],
      ['webrtc/two.html', '?video', undefined],
      ['webrtc/plain.html', '', undefined],
      ['webrtc/none.html', '', 'no such file in this copy of the Web Platform Tests'],
    ])
    expect(items.map(fileTimeoutMillis)).toEqual([60_000, 60_000, 10_000, 10_000])
  })

  test('what needs more than a file server is skipped with a reason', () => {
    expect(skipReason('a/transfer.html', { text: 'navigator.serviceWorker.register(script)' })).toMatch(
      'service worker',
    )
    expect(skipReason('a/b.html', { text: '<script src="identity-helper.sub.js">' })).toMatch('identity')
    expect(skipReason('a/back-forward-cache-x.html', { text: '' })).toMatch('navigation')
    expect(skipReason('a/b.html', { text: 'new RTCPeerConnection()' })).toBeUndefined()
  })

  test.each([
    ['datachannel-close', 21],
    ['no-media', 95],
    ['open', 195],
  ])('%s has its files, each once', (name, count) => {
    const files = readList(name)
    expect(files).toHaveLength(count)
    expect(new Set(files).size).toBe(count)
  })

  test('what is checked is all that is open but what waits for media or is a race', () => {
    const checked = readList('checked')
    const unchecked = readUnchecked()
    expect(checked.some((file) => unchecked.has(file))).toBe(false)
    expect(checked.length + unchecked.size).toBe(195)
    expect([...unchecked.values()].filter((reason) => !needsMedia(reason))).toHaveLength(1)
  })

  test('an unknown list is an error', () => {
    expect(() => readList('nonesuch')).toThrow('there is no list nonesuch')
  })
})
