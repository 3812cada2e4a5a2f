import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Sources here and their bundles in `.cache/wpt-runner` both lie two folders below the root of the project. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

export const bundleFolder = path.join(projectRoot, '.cache/wpt-runner')
export const resultsFolder = path.join(projectRoot, '.cache/wpt-results')
export const listsFolder = path.join(projectRoot, 'test/wpt/lists')
export const expectationsFile = path.join(projectRoot, 'test/wpt/expectations.json')
export const uncheckedFile = path.join(projectRoot, 'test/wpt/unchecked.json')
export const builtPackage = path.join(projectRoot, 'dist/index.js')
