import { boolean, defaulted, type Members } from './webidl/index.js'

/** What every event is constructed with. @see https://dom.spec.whatwg.org/#dictdef-eventinit */
export interface EventInit {
  /** Default false; nothing here has a parent that it could bubble to. */
  bubbles?: boolean
  /** Whether `preventDefault()` counts. Default false. */
  cancelable?: boolean
  /** Whether it leaves a shadow tree, of which there is none here. Default false. */
  composed?: boolean
}

/** The members that every event dictionary inherits (https://dom.spec.whatwg.org/#dictdef-eventinit). */
export const eventInitMembers: Members<EventInit> = {
  bubbles: defaulted(boolean, () => false),
  cancelable: defaulted(boolean, () => false),
  composed: defaulted(boolean, () => false),
}
