/** A real browser, headless, with an empty profile: found on this machine, never downloaded. */
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from 'puppeteer-core'
import type { Browser, LaunchOptions } from 'puppeteer-core'

export type BrowserName = 'chromium' | 'firefox'

export interface BrowserOptions {
  /** Whether Chromium may hide its addresses behind mDNS names, as it does by default. */
  readonly hideAddresses?: boolean
  /** Started in place of the browser itself, for example to enter a network namespace. */
  readonly executable?: string
  /** Driven over inherited descriptors, where the network of the browser is not ours. */
  readonly pipe?: boolean
  /** What Chromium knows and leaves out by default, as `Name/Enabled/`. */
  readonly fieldTrials?: string
  /** What its Blink knows and leaves out by default, by name. */
  readonly blinkFeatures?: string
  /** Certificates (PEM) of servers that it trusts, TURN servers too, whoever issued them; Firefox then trusts every other, too. */
  readonly trusted?: readonly string[]
}

const EXECUTABLES: Record<BrowserName, { variable: string; places: string[] }> = {
  chromium: {
    variable: 'CHROMIUM_PATH',
    places: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  },
  firefox: { variable: 'FIREFOX_PATH', places: ['/usr/bin/firefox-esr', '/usr/bin/firefox'] },
}

/** Never downloaded: a browser is there, or named by a variable, or the tests say that it is missing. */
export function browserExecutable(name: BrowserName): string | undefined {
  const { variable, places } = EXECUTABLES[name]
  const named = process.env[variable]
  return (named === undefined ? places : [named]).find((place) => existsSync(place))
}

const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A machine without a network still has to run the tests.
  '--allow-loopback-in-peer-connection',
]

const FIREFOX_PREFERENCES = {
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.ice.loopback': true,
  'app.update.enabled': false,
  'app.update.disabledForTesting': true,
  'app.normandy.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.startup.homepage': 'about:blank',
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.trr.mode': 5,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': 'data:,',
  'toolkit.telemetry.unified': false,
}

function launchOptions(name: BrowserName, profile: string, options: BrowserOptions): LaunchOptions {
  const common = {
    executablePath: options.executable ?? browserExecutable(name)!,
    headless: true,
    userDataDir: profile,
    // The call that waits for events waits as long as there are none.
    protocolTimeout: 0,
    pipe: options.pipe ?? false,
    acceptInsecureCerts: name === 'firefox' && options.trusted !== undefined,
  }
  if (name === 'firefox') return { ...common, browser: 'firefox', extraPrefsFirefox: FIREFOX_PREFERENCES }
  const args = [...CHROMIUM_FLAGS]
  if (options.hideAddresses !== true) args.push('--disable-features=WebRtcHideLocalIpsWithMdns')
  if (options.fieldTrials !== undefined) args.push(`--force-fieldtrials=${options.fieldTrials}`)
  if (options.blinkFeatures !== undefined) args.push(`--enable-blink-features=${options.blinkFeatures}`)
  if (options.trusted !== undefined)
    args.push(`--ignore-certificate-errors-spki-list=${options.trusted.map(keyHash).join(',')}`)
  return { ...common, browser: 'chrome', args }
}

function keyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

export interface StartedBrowser {
  readonly browser: Browser
  /** Ends the process and takes its profile away. */
  end(): Promise<void>
}

export async function startBrowser(name: BrowserName, options: BrowserOptions = {}): Promise<StartedBrowser> {
  const profile = await mkdtemp(join(tmpdir(), `tincan-${name}-`))
  const browser = await launch(launchOptions(name, profile, options))
  return {
    browser,
    async end() {
      await browser.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
