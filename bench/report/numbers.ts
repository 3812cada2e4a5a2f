/** How figures are written: three digits say all that a benchmark knows. */
import type { Figure } from './results.js'

export function number(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Of figures that are not both above zero there is none. */
export function ratio(value: number): string {
  if (!Number.isFinite(value) || value <= 0) return '–'
  return `${number(value, value < 0.095 ? 3 : value < 9.95 ? 2 : 0)} ×`
}

/** Median with the least and the greatest of the rounds. */
export function figureText({ median, min, max, isAtLeast }: Figure, digits: number): string {
  const text = `${isAtLeast ? '> ' : ''}${number(median, digits)}`
  const [least, most] = [number(min, digits), number(max, digits)]
  return least === most ? text : `${text} (${least}–${most})`
}
