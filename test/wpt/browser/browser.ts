import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { launch } from 'puppeteer-core'
import type { Browser, Page } from 'puppeteer-core'

export const BROWSERS = { chromium: '/usr/bin/chromium', firefox: '/usr/bin/firefox-esr' } as const
export type BrowserName = keyof typeof BROWSERS

/** For closing a tab or the browser; what hangs is killed. */
const CLOSE_MILLIS = 5_000

const CHROMIUM_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--js-flags=--expose-gc',
]

/** The preferences with which Mozilla runs these folders (testing/web-platform/meta/webrtc/__dir__.ini), and autoplay. */
const FIREFOX_PREFERENCES = {
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'privacy.resistFingerprinting.reduceTimerPrecision.jitter': false,
  'privacy.reduceTimerPrecision': false,
  'media.peerconnection.ice.trickle_grace_period': 10_000,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.allow_old_setParameters': false,
  'media.peerconnection.description.legacy.enabled': false,
  'media.navigator.mediadatadecoder_h264_enabled': false,
  'media.autoplay.default': 0,
  'media.gmp-manager.updateEnabled': false,
  'dom.testing.testutils.enabled': true,
}

/** A headless browser that is started when it is needed and again after it broke, each time with a fresh profile. */
export class TestBrowser {
  readonly #name: BrowserName
  #running: { readonly browser: Browser; readonly profile: string } | undefined

  constructor(name: BrowserName) {
    this.#name = name
  }

  async version(): Promise<string> {
    return (await this.#ensure()).version()
  }

  async newPage(): Promise<Page> {
    return (await this.#ensure()).newPage()
  }

  /** Whether the tab went in time; a browser that cannot close one is not to be trusted with the next. */
  async closePage(page: Page): Promise<boolean> {
    const closing = page.close().then(
      () => true,
      () => false,
    )
    return inTime(closing, false)
  }

  async quit(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    if (running === undefined) return
    const { browser, profile } = running
    const closing = browser.close().then(
      () => true,
      () => false,
    )
    const closed = await inTime(closing, false)
    const process = browser.process()
    if (!closed && process !== null && process.exitCode === null) process.kill('SIGKILL')
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  async #ensure(): Promise<Browser> {
    if (this.#running?.browser.connected === true) return this.#running.browser
    await this.quit()
    const isFirefox = this.#name === 'firefox'
    const profile = mkdtempSync(path.join(tmpdir(), 'wpt-profile-'))
    const browser = await launch({
      browser: isFirefox ? 'firefox' : 'chrome',
      executablePath: BROWSERS[this.#name],
      headless: true,
      userDataDir: profile,
      args: isFirefox ? [] : CHROMIUM_ARGUMENTS,
      ...(isFirefox && { extraPrefsFirefox: FIREFOX_PREFERENCES }),
    })
    this.#running = { browser, profile }
    return browser
  }
}

async function inTime<Value>(work: Promise<Value>, otherwise: Value): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Value>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), CLOSE_MILLIS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
