import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { buildSync } from 'esbuild'
import type { BuildOptions } from 'esbuild'

/** Where built programs go; the project's folder is the working directory of every benchmark. */
export const BUILD_FOLDER = path.resolve('.cache/bench')

const built = new Map<string, string>()

process.once('exit', () => {
  for (const file of built.values()) rmSync(file, { force: true })
})

/** A program of bench/ as one file that Node runs (Node.js 20 does not run TypeScript). Packages stay outside. */
export function nodeProgram(entry: string): string {
  return program(entry, 'mjs', { packages: 'external', platform: 'node', format: 'esm', target: 'node20' })
}

/** As a script for a page that leaves its exports in a global of this name. */
export function pageProgram(entry: string, globalName: string): string {
  return program(entry, 'js', { format: 'iife', globalName, target: 'es2022' })
}

function program(entry: string, extension: string, options: BuildOptions): string {
  const known = built.get(entry)
  if (known !== undefined) return known
  mkdirSync(BUILD_FOLDER, { recursive: true })
  const outfile = path.join(BUILD_FOLDER, `${path.basename(entry, '.ts')}-${process.pid}.${extension}`)
  buildSync({ ...options, entryPoints: [entry], bundle: true, outfile, logLevel: 'error' })
  built.set(entry, outfile)
  return outfile
}
