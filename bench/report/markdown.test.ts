import { describe, expect, test } from 'vitest'
import { GOALS } from './goals.js'
import { renderReport } from './markdown.js'
import { renderPicture } from './picture.js'
import { figure, parseResults, ratioByRound } from './results.js'
import { resultsOf } from './results.test-support.js'

const results = resultsOf(
  {
    'throughput-64k': {
      tincan: [300, 320, 310],
      'tincan-plain': [60, 61, 62],
      'node-datachannel': [75, 70, 72],
      'sealed-pipe': [500, 500, 500],
    },
    'setup-p50': { tincan: [4, 4.5, 4.2], wrtc: [11, 10, 12] },
    'setup-p95': { tincan: [6, 7, 6.5], wrtc: [18, 18, 18] },
    'rtt-p50': { tincan: [150], 'node-datachannel': [160], wrtc: [300] },
  },
  {
    failures: [{ subject: 'wrtc', measurement: 'messages', round: 2, reason: 'no reply\nto count' }],
    missing: ['pion: no Go on this machine'],
  },
)
const row = (text: string, start: string): string =>
  text
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '))
    .find((line) => line.startsWith(`| ${start}`)) ?? ''
const verdict = (measure: string, at = 0) => GOALS.filter((goal) => goal.measure === measure)[at]!.judge(results)

describe('figures', () => {
  test('are the median of the rounds with the least and the greatest', () => {
    expect(figure(results, 'tincan', 'throughput-64k')).toEqual({ median: 310, min: 300, max: 320, isAtLeast: false })
    expect(figure(results, 'tincan', 'open-rate')).toBeUndefined()
  })

  test('ratios are taken within rounds', () => {
    const ratio = ratioByRound(results, 'throughput-64k', 'tincan', 'node-datachannel', (a, b) => a / b)
    expect(ratio).toBeCloseTo(310 / 72) // of 4, 4.57 and 4.31 the middle one
  })

  test('a round that one of two did not finish is in no ratio', () => {
    const some = resultsOf({ streams: { tincan: [10, 20, 30], wrtc: [10] } })
    expect(ratioByRound(some, 'streams', 'tincan', 'wrtc', (a, b) => a / b)).toBe(1)
    expect(ratioByRound(some, 'streams', 'tincan', 'werift', (a, b) => a / b)).toBeUndefined()
  })
})

describe('goals', () => {
  test('against a named peer', () => {
    expect(verdict('throughput, 64 KiB')).toMatchObject({ isReached: true, ours: '310 MB/s' })
    expect(verdict('throughput, 64 KiB', 1)).toMatchObject({ isReached: true })
    expect(verdict('throughput, 64 KiB, plain path')).toMatchObject({ isReached: false })
  })

  test('against whoever did best of the others', () => {
    expect(verdict('round trip of 64 bytes, p50')).toMatchObject({
      isReached: false,
      best: '160 µs (node-datachannel)',
    })
  })

  test('against a bound and a peer, and one figure against another', () => {
    expect(verdict('connection set-up, p50')).toMatchObject({ isReached: true })
    expect(verdict('connection set-up, p95')).toMatchObject({ isReached: true, ratio: '1.55 ×' })
  })

  test('what was not measured is neither reached nor missed', () => {
    expect(verdict('40 ms RTT, no loss').isReached).toBeUndefined()
  })
})

describe('the picture', () => {
  const picture = renderPicture(results)

  test('has a bar for each figure, and the same in words', () => {
    expect(picture.match(/<rect /g)).toHaveLength(9) // 4 of throughput, 2 of set-up, 3 of round trips
    expect(picture).toContain('64 KiB messages in MB/s: a pipe of sealed records 500, tincan 310')
    expect(picture).toContain('role="img"')
    expect(picture).toContain('prefers-color-scheme: dark')
  })

  test('names are text, not markup', () => {
    const odd = resultsOf(
      { streams: {}, 'rtt-p50': { tincan: [1] } },
      { subjects: [{ name: 'tincan', title: '<a&b>', kind: 'ours' }] },
    )
    expect(renderPicture(odd)).toContain('&lt;a&amp;b&gt;')
    expect(renderPicture(odd)).not.toContain('<a&b>')
  })

  test('nothing measured is an empty picture', () => {
    expect(renderPicture(resultsOf({}))).not.toContain('<rect')
  })
})

describe('the report', () => {
  const text = renderReport(results)

  test('says on what, when and how it was measured', () => {
    expect(text).toContain('Test CPU, 2 cores')
    expect(text).toContain('`npm run bench`, 2026-11-22 06:00 UTC')
  })

  test('has a row for each peer, with its ratio', () => {
    expect(row(text, '**tincan** |')).toContain('310 (300–320)')
    expect(row(text, 'node-datachannel |')).toContain('72 (70–75)<br>4.31 ×')
  })

  test('leaves a ratio out that says nothing: of what is not above zero, or is too little to be told', () => {
    const growth = { tincan: [-0.35], 'node-datachannel': [15.49] }
    const page = renderReport(
      resultsOf({ 'growth-per-cycle': growth, 'throughput-16k': { tincan: [700], wrtc: [0.2] } }),
    )
    expect(page).not.toMatch(/-\d[\d.,]* ×/)
    expect(page).toMatch(/\| @roamhq\/wrtc +\| +0 \|/)
    expect(
      GOALS.find(({ measure }) => measure.startsWith('RSS growth'))!.judge(resultsOf({ 'growth-per-cycle': growth })),
    ).toMatchObject({ ratio: '–', isReached: true })
  })

  test('tells what failed and who was left out', () => {
    expect(text).toContain('- wrtc, messages, round 2: no reply to count')
    expect(text).toContain('- pion: no Go on this machine')
  })

  test('leaves topics out that nothing was measured of', () => {
    expect(text).not.toContain('### Event loop')
  })

  test('is the same from the file of an earlier run', () => {
    expect(renderReport(parseResults(JSON.stringify(results))!)).toBe(text)
  })
})

test.each(['', '{', 'null', '[]', '{"format":0}', '{"format":1}', '{"format":1,"samples":[],"subjects":{}}'])(
  'no results: %j',
  (text) => {
    expect(parseResults(text)).toBeUndefined()
  },
)
