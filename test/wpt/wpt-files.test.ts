import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fetchUpstream, UPSTREAM, wptFolder, WptFilesUnavailable } from './wpt-files.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wpt-files-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** A repository with the wanted file, another folder, and a later revision. */
function makeUpstream(): { url: string; revision: string } {
  const source = path.join(folder, 'source')
  mkdirSync(source)
  const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main']
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', source, ...identity, ...args], { encoding: 'utf8' })
  const commit = (text: string): string => {
    for (const name of ['resources/testharness.js', 'webrtc/a.html', 'css/big.html']) {
      mkdirSync(path.dirname(path.join(source, name)), { recursive: true })
      writeFileSync(path.join(source, name), text)
    }
    git('add', '.')
    git('commit', '-q', '-m', text)
    return git('rev-parse', 'HEAD').trim()
  }
  git('init', '-q')
  git('config', 'uploadpack.allowFilter', 'true')
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  const revision = commit('pinned')
  commit('later')
  return { url: `file://${source}`, revision }
}

describe('fetching from the upstream repository', () => {
  test('brings the wanted folders of the pinned revision, and nothing half done', async () => {
    const upstream = { ...makeUpstream(), folders: ['resources', 'webrtc'] }
    const destination = path.join(folder, 'wpt')
    await fetchUpstream(upstream, destination)
    expect(readFileSync(path.join(destination, 'webrtc/a.html'), 'utf8')).toBe('pinned')
    expect(existsSync(path.join(destination, 'resources/testharness.js'))).toBe(true)
    expect(existsSync(path.join(destination, 'css'))).toBe(false)
    expect(readFileSync(path.join(destination, '.complete'), 'utf8')).toBe(`${upstream.url} ${upstream.revision}\n`)
    expect(readdirSync(folder).sort()).toEqual(['source', 'wpt'])
  })

  test('fails when there is no such revision, leaving nothing', async () => {
    const { url } = makeUpstream()
    const upstream = { url, revision: '0'.repeat(40), folders: ['resources'] }
    await expect(fetchUpstream(upstream, path.join(folder, 'wpt'))).rejects.toThrow()
    expect(readdirSync(folder)).toEqual(['source'])
  })

  test('the pinned revision is a whole one', () => {
    expect(UPSTREAM.revision).toMatch(/^[0-9a-f]{40}$/)
  })
})

describe('WPT_DIR', () => {
  test('is taken when it holds the tests', async () => {
    mkdirSync(path.join(folder, 'resources'))
    writeFileSync(path.join(folder, 'resources/testharness.js'), '')
    vi.stubEnv('WPT_DIR', folder)
    await expect(wptFolder(() => {})).resolves.toBe(folder)
  })

  test('is an error when it does not', async () => {
    vi.stubEnv('WPT_DIR', folder)
    const failure = await wptFolder(() => {}).catch((error: unknown) => error)
    expect(String(failure)).toContain('resources/testharness.js is missing')
    expect(failure).not.toBeInstanceOf(WptFilesUnavailable) // a wrong setting is nothing to skip over
  })
})
