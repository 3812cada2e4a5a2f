/** Scalability modes (https://www.w3.org/TR/webrtc-svc/#scalabilitymodes*) and which codec has which. */
import type { Codec } from '../media-types.js'

/** One spatial layer: what a bitstream without spatial scalability can do. */
const TEMPORAL = ['L1T1', 'L1T2', 'L1T3']

const SPATIAL = [2, 3].flatMap((layers) =>
  [1, 2, 3].flatMap((temporal) => {
    const mode = `L${layers}T${temporal}`
    // Layers that depend on each other in key frames alone; `SHIFT` exists for several temporal layers only.
    const keyed = temporal === 1 ? [`${mode}_KEY`] : [`${mode}_KEY`, `${mode}_KEY_SHIFT`]
    return [mode, `${mode}h`, ...keyed]
  }),
)

/** Simulcast inside one RTP stream. */
const SIMULCAST = [2, 3].flatMap((layers) =>
  [1, 2, 3].flatMap((temporal) => [`S${layers}T${temporal}`, `S${layers}T${temporal}h`]),
)

const ALL: readonly string[] = [...TEMPORAL, ...SPATIAL, ...SIMULCAST]

/** By lower-case name. W3C webrtc-svc §6: VP9 and AV1 have all, VP8, H.264 and H.265 only temporal ones. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  'video/vp8': TEMPORAL,
  'video/h264': TEMPORAL,
  'video/h265': TEMPORAL,
  'video/vp9': ALL,
  'video/av1': ALL,
}

/** Empty for what is not a video codec of ours. */
export function scalabilityModesOf({ mimeType }: Pick<Codec, 'mimeType'>): readonly string[] {
  const name = mimeType.toLowerCase()
  return Object.hasOwn(MODES, name) ? MODES[name]! : []
}
