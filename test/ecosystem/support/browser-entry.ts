/** What a bundler makes of an adapter for a browser, as far as one package goes: its `browser` field counts; all else is Node's. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

/** Bundles `adapters/<file>.ts` with the browser entry of the package, and imports it. The file is taken away again. */
export async function importWithBrowserEntry(file: string, packageName: string): Promise<unknown> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../adapters/${file}.ts`, import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    write: false,
    plugins: [
      {
        name: 'everything else is external',
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path === packageName ? undefined : { path, external: true },
          )
        },
      },
    ],
  })
  const code = outputFiles[0]!.text
  const folder = `${PROJECT}.cache/ecosystem`
  const bundle = `${folder}/${file}-${process.pid}.mjs`
  await mkdir(folder, { recursive: true })
  await writeFile(bundle, code)
  try {
    return await import(/* @vite-ignore */ pathToFileURL(bundle).href)
  } finally {
    await rm(bundle)
  }
}
