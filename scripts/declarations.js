// What is done to the declarations that the compiler emits.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PRIVATE_NAME = /^ +#private;\n/gm

/**
 * Takes `#private` out of all classes below a folder: with it no other type would be assignable to them, not even the one
 * that lib.dom has for the same interface.
 */
export function openClasses(folder) {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.d.ts')) continue
    const file = join(folder, entry)
    const text = readFileSync(file, 'utf8')
    if (text.includes('#private')) writeFileSync(file, text.replace(PRIVATE_NAME, ''))
  }
}
