import { writeFileSync } from 'node:fs'
import { renderReport } from './markdown.js'
import type { Results } from './results.js'

export function writeDocuments(results: Results): readonly string[] {
  writeFileSync('docs/performance.md', renderReport(results))
  return ['docs/performance.md']
}
