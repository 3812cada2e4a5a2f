import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const made = new Map<string, string>()

/**
 * A TypeScript file of this folder as one program for `node -`: Node runs TypeScript from 22 on, and we support 20. Packages
 * stay outside, and so does `external`: they resolve from the project's folder.
 */
export function bundledProgram(file: string, external: string[] = []): string {
  const key = [file, ...external].join(' ')
  const known = made.get(key)
  if (known !== undefined) return known
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    packages: 'external',
    external,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
  })
  const { text } = outputFiles[0]!
  made.set(key, text)
  return text
}
