/** The results as bars: an SVG that a page may show in light and in dark, with its content as text for who does not see it. */
import { METRICS } from './metrics.js'
import type { MetricId } from './metrics.js'
import { number } from './numbers.js'
import { figure } from './results.js'
import type { Results, SubjectKind } from './results.js'

const PANELS: readonly MetricId[] = [
  'throughput-64k',
  'cpu-per-gb',
  'messages-ordered',
  'rtt-p50',
  'setup-p95',
  'rss-per-connection',
  'link-40ms',
  'close-notice',
]

const WIDTH = 960
const COLUMNS = 2
const COLUMN = WIDTH / COLUMNS
const LABEL = 210
const BAR = { height: 13, step: 19, most: 150 }
const PANEL_HEAD = 34
const PANEL_FOOT = 18

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 13px }
.unit { fill: #57606a }
.ours { fill: #1f7a4d } .peer { fill: #8c959f } .yardstick { fill: #c69026 }
text.ours { font-weight: 600; fill: #1f7a4d }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .unit { fill: #9198a1 }
  .ours { fill: #3fb27f } .peer { fill: #656d76 } .yardstick { fill: #d4a72c }
  text.ours { fill: #3fb27f }
}`

interface Bar {
  readonly title: string
  readonly kind: SubjectKind
  readonly value: number
  readonly text: string
}

export function renderPicture(results: Results): string {
  const panels = PANELS.map((metric) => ({ metric, bars: barsOf(results, metric) })).filter(
    ({ bars }) => bars.length > 0,
  )
  const heights = [0, 0]
  const drawn = panels.map(({ metric, bars }, at) => {
    const column = at % COLUMNS
    const top = heights[column]!
    heights[column] = top + PANEL_HEAD + bars.length * BAR.step + PANEL_FOOT
    return panel(metric, bars, column * COLUMN, top)
  })
  const height = Math.max(...heights, PANEL_HEAD)
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`
  const parts = [
    `${head} role="img" aria-labelledby="title description">`,
    `<title id="title">tincan and other WebRTC implementations, measured</title>`,
    `<desc id="description">${escaped(inWords(panels))}</desc>`,
    `<style>${STYLE}\n</style>`,
    ...drawn,
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

function barsOf(results: Results, metric: MetricId): readonly Bar[] {
  const { better, digits } = METRICS[metric]
  const bars = results.subjects.flatMap(({ name, title, kind }) => {
    const found = figure(results, name, metric)
    if (found === undefined) return []
    const text = `${found.isAtLeast ? '> ' : ''}${number(found.median, digits)}`
    return [{ title, kind, value: Math.max(0, found.median), text }]
  })
  return bars.sort((a, b) => (better === 'higher' ? b.value - a.value : a.value - b.value))
}

function panel(metric: MetricId, bars: readonly Bar[], left: number, top: number): string {
  const { title, unit, better } = METRICS[metric]
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  const hint = better === 'higher' ? 'more is better' : 'less is better'
  const lines = bars.map(({ title: name, kind, value, text }, at) => {
    const y = top + PANEL_HEAD + at * BAR.step
    const width = Math.max(1, (value / most) * BAR.most)
    const baseline = y + BAR.height - 2
    return (
      `<text class="${kind}-name ${kind === 'ours' ? 'ours' : ''}" x="${left + LABEL - 8}" y="${baseline}" text-anchor="end">${escaped(name)}</text>` +
      `<rect class="${kind}" x="${left + LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" rx="2"/>` +
      `<text x="${(left + LABEL + width + 6).toFixed(1)}" y="${baseline}">${text}</text>`
    )
  })
  const plain = title.replaceAll('`', '')
  const heading = `<text class="title" x="${left + 4}" y="${top + 20}">${escaped(plain)} <tspan class="unit">${escaped(unit)}, ${hint}</tspan></text>`
  return [heading, ...lines].join('\n')
}

function inWords(panels: readonly { readonly metric: MetricId; readonly bars: readonly Bar[] }[]): string {
  return panels
    .map(({ metric, bars }) => {
      const { title, unit } = METRICS[metric]
      return `${title.replaceAll('`', '')} in ${unit}: ${bars.map((bar) => `${bar.title} ${bar.text}`).join(', ')}.`
    })
    .join(' ')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
