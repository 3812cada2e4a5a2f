import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

// What the documents say of one another, and of the tests, is so.

const documents = ['.', 'docs', 'docs/decisions', 'bench'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

/** Without code, in which a bracket is no link and a hash no heading. */
function prose(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/^```.*?^```/gms, '')
}

/** As GitHub makes them of headings. */
function anchors(path: string): ReadonlySet<string> {
  const headings = [...prose(path).matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!)
  const plain = (heading: string): string => heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return new Set(
    headings.map((heading) =>
      plain(heading)
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function brokenLinks(path: string): string[] {
  return [...prose(path).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : normalize(join(dirname(path), file))
    if (!existsSync(target)) return [link]
    return anchor === undefined || anchors(target).has(anchor) ? [] : [link]
  })
}

test.each(documents)('%s: every link to another document, or a part of one, leads there', (path) => {
  expect(brokenLinks(path)).toEqual([])
})

describe('docs/closing.md', () => {
  const text = prose('docs/closing.md')
  const promised = [...text.matchAll(/^\| ([DP]\d+) +\|/gm)].map((match) => match[1]!)
  const tested = [...text.slice(text.indexOf('## Where it is tested')).matchAll(/^\| ([DP]\d+) +\| (.+)$/gm)]

  test('says of each promise, once, where it is tested', () => {
    expect(promised.length).toBeGreaterThan(0)
    const names = tested.map((match) => match[1])
    expect([...names, ...names].sort()).toEqual(promised.sort())
  })

  test.each(tested.map(([, name = '', cell = '']) => ({ name, cell })))(
    '$name: the tests name it',
    ({ name, cell }) => {
      const paths = [...cell.matchAll(/`((?:test|src)\/[^`]+)`/g)].map((match) => match[1]!)
      expect(paths.length).toBeGreaterThan(0)
      const title = new RegExp(`(?:test|describe)[^\\n]*\\b${name}\\b|D1 to D9, P1 to P10`)
      for (const path of paths) expect(title.test(readFileSync(path, 'utf8')), path).toBe(true)
    },
  )
})
