/**
 * webidl: what https://webidl.spec.whatwg.org/ and the event handler section of HTML ask of every interface:
 * conversions of arguments, enumerable members, brands, event handler attributes. Deliberately absent: anything of
 * WebRTC.
 */
export * from './convert.js'
export * from './interface.js'
export * from './typed-event-target.js'
