// Builds dist/ anew: the library and the demo by two runs of the compiler, the demo's page by copying.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { openClasses } from './declarations.js'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const compile = (project) => execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' })

rmSync('dist', { recursive: true, force: true })
compile('tsconfig.build.json')
openClasses('dist')
compile('src/cli/page/tsconfig.json')
for (const file of ['index.html', 'page.css']) cpSync(`src/cli/page/${file}`, `dist/cli/page/${file}`)
