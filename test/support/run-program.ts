import { spawn } from 'node:child_process'
import { build } from 'esbuild'

export interface ProgramResult {
  readonly stdout: string
  readonly stderr: string
  /** null when it had to be ended because it did not exit by itself. */
  readonly exitCode: number | null
}

/** Only what hangs takes that long. */
const TIMEOUT_MILLIS = 15_000

/**
 * Runs TypeScript in a Node process of its own and waits until that exits by itself. The source is the body of an async
 * function after its imports, which are seen from the root of the project (`./src/…`).
 */
export async function runProgram(imports: string, body: string): Promise<ProgramResult> {
  const root = new URL('../..', import.meta.url).pathname
  const { outputFiles } = await build({
    stdin: { contents: `${imports}\nvoid (async () => {\n${body}\n})()`, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external', // loaded from the project, as those of an installed package are
    target: 'node20',
    logLevel: 'silent',
  })
  return runNode(outputFiles[0]!.text, root)
}

async function runNode(code: string, cwd: string): Promise<ProgramResult> {
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    cwd,
    timeout: TIMEOUT_MILLIS,
    killSignal: 'SIGKILL',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.end(code)
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve(exit))
  })
  return { stdout, stderr, exitCode }
}
