/** Tells of what a side can do, and changes nothing here: whether candidates trickle is seen by whether they come. */
const ICE_OPTIONS_LINES = /^a=ice-options:.*\r?\n/gm

/**
 * Whether a description is the one that was created last.
 *
 * Deviation: lines of `a=ice-options` may be missing. simple-peer takes them out where it does not trickle, and every
 * browser lets it. What is applied is what was created.
 */
export function isSameDescription(given: string, created: string): boolean {
  if (given === created) return true
  // An empty one was never created: nothing is like it.
  return created !== '' && given === created.replace(ICE_OPTIONS_LINES, '')
}
