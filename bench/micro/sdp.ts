import { parseSdp, writeSdp } from '../../src/sdp/index.js'
import { CHROMIUM_DATA_OFFER, CHROMIUM_MEDIA_OFFER } from '../../src/sdp/offers.test-support.js'
import type { Counts, Layer, Workload } from './layer.js'

function parsing(text: string, operations: number): () => Counts {
  return () => {
    let descriptions = 0
    for (let i = 0; i < operations; i++) if (parseSdp(text).ok) descriptions++
    return { descriptions }
  }
}

function writing(text: string, operations: number): () => Counts {
  const parsed = parseSdp(text)
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: ${parsed.error.message}`)
  const { value } = parsed
  return () => {
    let descriptions = 0
    for (let i = 0; i < operations; i++) if (writeSdp(value).length > 0) descriptions++
    return { descriptions }
  }
}

function both(name: string, text: string, operations: number): Workload[] {
  const common = { operations, unit: 'descriptions' }
  return [
    { ...common, title: `${name} parsed`, prepare: (count) => parsing(text, count) },
    { ...common, title: `${name} written`, prepare: (count) => writing(text, count) },
  ]
}

export const sdp: Layer = {
  name: 'sdp',
  title: 'offers as Chromium writes them',
  workloads: [
    ...both('data alone', CHROMIUM_DATA_OFFER, 5000),
    ...both('audio, video and data', CHROMIUM_MEDIA_OFFER, 500),
  ],
}
