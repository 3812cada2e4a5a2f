import { boolean, defaulted, type Members } from './webidl/index.js'

/** @see https://dom.spec.whatwg.org/#dictdef-eventinit */
export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

/** The members that every event dictionary inherits (https://dom.spec.whatwg.org/#dictdef-eventinit). */
export const eventInitMembers: Members<EventInit> = {
  bubbles: defaulted(boolean, () => false),
  cancelable: defaulted(boolean, () => false),
  composed: defaulted(boolean, () => false),
}
