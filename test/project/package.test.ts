import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

// What `npm pack` would publish, from the dist/ that the build before these tests made.

/**
 * 120 and 400 KiB held the data path. Transceivers, tracks, codecs and statistics, the TURN client, ICE over TCP, the UDP mux and
 * the NAT test took a quarter to a third more, and the batched path with loss detection, congestion control and interleaving of its own
 * the same again. RTP and SRTP ask for theirs when they come.
 */
const MAX_BUNDLE_GZIP_KIB = 200
const MAX_PACKED_KIB = 640

interface Packed {
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

function pack(): Packed {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' })
  return (JSON.parse(output) as Packed[])[0]!
}

test('the package holds the library, its types and its papers, and nothing else', () => {
  const { files, size } = pack()
  const paths = files.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/globals.js',
      'dist/cli/doctor/tincan.js',
    ]),
  )
  const papers = ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']
  const strangers = paths.filter((path) => !papers.includes(path) && !/^dist\/.*\.(js|d\.ts)$/.test(path))
  expect(strangers).toEqual([])
  // Of what stands in cli/, the demo stays in the repository.
  expect(paths.filter((path) => /^dist\/cli\/(?!doctor\/)|\.test|test-support/.test(path))).toEqual([])
  expect(size / 1024).toBeLessThan(MAX_PACKED_KIB)
})

test(`bundled and minified, with its dependencies, it has at most ${MAX_BUNDLE_GZIP_KIB} KiB`, async () => {
  const { outputFiles } = await build({
    entryPoints: ['dist/index.js'],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
  })
  expect(gzipSync(outputFiles[0]!.contents).length / 1024).toBeLessThan(MAX_BUNDLE_GZIP_KIB)
})

test('nothing of the package runs at installation', () => {
  const { scripts } = JSON.parse(
    execFileSync('npm', ['pkg', 'get', 'scripts', 'gypfile', '--json'], { encoding: 'utf8' }),
  ) as {
    scripts: Record<string, string>
  }
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name)
})
