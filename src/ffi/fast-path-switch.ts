/** What keeps everything native out of the process. Anything but `off` leaves the choice to the self-tests. */
const FAST_PATH_VARIABLE = 'TINCAN_FAST_PATH'

/** Why nothing native may be used, where the environment says so. */
export function isSwitchedOff(): string | undefined {
  return process.env[FAST_PATH_VARIABLE]?.toLowerCase() === 'off' ? `${FAST_PATH_VARIABLE} is off` : undefined
}
