import type { Conversion } from '../webidl/index.js'
import { instance } from '../webidl/index.js'

type Brand = (value: unknown) => boolean

const brands: { receiver: Brand; transceiver: Brand } = { receiver: () => false, transceiver: () => false }

/** The classes of receivers and transceivers say here, when they are defined, which values are theirs. */
export function setRtpBrand(name: keyof typeof brands, brand: Brand): void {
  brands[name] = brand
}

export const rtpReceiver: Conversion<object> = instance('RTCRtpReceiver', (value): value is object =>
  brands.receiver(value),
)
export const rtpTransceiver: Conversion<object> = instance('RTCRtpTransceiver', (value): value is object =>
  brands.transceiver(value),
)
