import { writeFileSync } from 'node:fs'
import { renderReport } from './markdown.js'
import { renderPicture } from './picture.js'
import type { Results } from './results.js'

const PAGE = 'docs/performance.md'
const PICTURE = 'docs/performance.svg'

const ALTERNATIVE =
  'Bars of throughput, CPU, messages, latency, set-up, memory and closing for tincan and others; all figures stand below'

const INTRODUCTION = `![${ALTERNATIVE}](performance.svg)

Written by \`npm run bench -- --write\` after \`npm ci\`; how it measures, and what each row means, stands in
[bench/README.md](../bench/README.md). \`npm run bench -- --quick\` gives a first answer in two minutes. What holds back the rows that
are not reached, and what would change it: [performance-limits.md](performance-limits.md).`

/** The page and the picture of docs/. */
export function writeDocuments(results: Results): readonly string[] {
  writeFileSync(PAGE, renderReport(results, INTRODUCTION))
  writeFileSync(PICTURE, renderPicture(results))
  return [PAGE, PICTURE]
}
