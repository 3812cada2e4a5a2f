import type { Millis } from './layer.js'

/**
 * How coarse a deadline may be that does not have to be precise: what asks from time to time whether the peer is still there. On
 * one grid of the clock that all layers of a process are told the time by, a thousand connections that ask every few seconds
 * wake the process four times a second, and not once for each question.
 */
export const COARSE_TICK_MILLIS: Millis = 250

/** The first point of the grid that is not before `at`. */
export function nextCoarseTick(at: Millis): Millis {
  return Math.ceil(at / COARSE_TICK_MILLIS) * COARSE_TICK_MILLIS
}

/** One of the points of the grid from `earliest` to `latest`, all equally likely; `random` is from 0 to 1. */
export function randomCoarseTick(earliest: Millis, latest: Millis, random: number): Millis {
  const first = nextCoarseTick(earliest)
  const count = Math.floor((latest - first) / COARSE_TICK_MILLIS) + 1
  return first + COARSE_TICK_MILLIS * Math.min(Math.floor(random * count), count - 1)
}
