// Installs Bun, Deno and other versions of Node for test/runtimes, beside everything else: they are large.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'

const folder = '.cache/runtimes'
mkdirSync(folder, { recursive: true })
for (const file of ['package.json', 'package-lock.json'])
  copyFileSync(`test/runtimes/install/${file}`, `${folder}/${file}`)
execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
