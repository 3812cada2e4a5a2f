/** A certificate authority of the test's own, and certificates that it issues: files in a folder that goes away with it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Of P-256: made in no time. */
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const VALID = ['-days', '2']

export interface IssuedCertificate {
  readonly certificate: string
  readonly key: string
  readonly certificatePath: string
  readonly keyPath: string
}

export class CertificateAuthority {
  readonly #folder: string
  /** In PEM. */
  readonly certificate: string
  #issued = 0

  private constructor(folder: string, certificate: string) {
    this.#folder = folder
    this.certificate = certificate
  }

  static async create(): Promise<CertificateAuthority> {
    const folder = await mkdtemp(join(tmpdir(), 'tincan-authority-'))
    const files = ['-keyout', join(folder, 'ca.key'), '-out', join(folder, 'ca.pem')]
    await run('openssl', ['req', '-x509', ...KEY, ...VALID, '-subj', '/CN=Authority of a test', ...files])
    return new CertificateAuthority(folder, await readFile(join(folder, 'ca.pem'), 'utf8'))
  }

  get path(): string {
    return join(this.#folder, 'ca.pem')
  }

  /** @param names as in a subjectAltName: `DNS:turn.example`, `IP:127.0.0.1` */
  async issue(...names: readonly string[]): Promise<IssuedCertificate> {
    const base = join(this.#folder, `issued-${++this.#issued}`)
    const [request, keyPath, certificatePath, extensions] = ['csr', 'key', 'pem', 'ext'].map((end) => `${base}.${end}`)
    await writeFile(extensions!, `subjectAltName=${names.join(',')}\n`)
    await run('openssl', ['req', ...KEY, '-subj', '/CN=Server of a test', '-keyout', keyPath!, '-out', request!])
    const authority = ['-CA', this.path, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial']
    const out = ['-extfile', extensions!, '-out', certificatePath!]
    await run('openssl', ['x509', '-req', '-in', request!, ...VALID, ...authority, ...out])
    const [certificate, key] = await Promise.all([readFile(certificatePath!, 'utf8'), readFile(keyPath!, 'utf8')])
    return { certificate, key, certificatePath: certificatePath!, keyPath: keyPath! }
  }

  async delete(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
