import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

// What the linter cannot say of single files: the sizes that most of them have.

const MEDIAN_FILE_LINES = 150
const P90_FUNCTION_LINES = 35

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/\.test(-support)?\.ts$/.test(path))
  .map((path) => ({ path: `src/${path}`, text: readFileSync(`src/${path}`, 'utf8') }))

function quantile(values: readonly number[], fraction: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * fraction)] ?? 0
}

function functionLines(path: string, text: string): number[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const lines: number[] = []
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = (at: number) => file.getLineAndCharacterOfPosition(at).line
      lines.push(line(node.getEnd()) - line(node.getStart(file)) + 1)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return lines
}

describe('code budget', () => {
  test(`the median file has at most ${MEDIAN_FILE_LINES} lines`, () => {
    expect(sources.length).toBeGreaterThan(0)
    expect(
      quantile(
        sources.map(({ text }) => text.split('\n').length - 1),
        0.5,
      ),
    ).toBeLessThanOrEqual(MEDIAN_FILE_LINES)
  })

  test(`nine of ten functions have at most ${P90_FUNCTION_LINES} lines`, () => {
    const lines = sources.flatMap(({ path, text }) => functionLines(path, text))
    expect(lines.length).toBeGreaterThan(0)
    expect(quantile(lines, 0.9)).toBeLessThanOrEqual(P90_FUNCTION_LINES)
  })

  test('each room opens with what it is for', () => {
    const rooms = sources.filter(({ path }) => /^src\/\w+\/index\.ts$/.test(path))
    expect(rooms.length).toBeGreaterThan(0)
    for (const { path, text } of rooms)
      expect(text.startsWith('/**\n * '), `${path} has no opening paragraph`).toBe(true)
  })
})
