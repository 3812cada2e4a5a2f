import { nullable } from './webidl/index.js'

/** RTCRtpTransform? where no interface is an RTCRtpTransform: null and undefined are null, everything else is refused. */
export const noTransform = nullable((_value: unknown, context: string): never => {
  throw new TypeError(`${context}: Failed to convert value to 'RTCRtpTransform'.`)
})
