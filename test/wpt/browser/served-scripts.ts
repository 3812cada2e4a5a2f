import { metaLines } from '../test-file.js'

/** Takes the place of testharnessreport.js: the page itself says how its test ended. */
export function reportScript(id: number, timeoutMillis: number): string {
  return `
(() => {
  if (window !== window.top || window.opener) return;
  const fetch = window.fetch.bind(window), JSON = window.JSON;
  setup({ output: false, explicit_timeout: true });
  add_completion_callback((tests, status) => {
    const body = JSON.stringify({
      status: { status: status.status, message: status.message },
      tests: tests.map((t) => ({ name: t.name, status: t.status, message: t.message })),
    });
    fetch('/__wpt/done?id=${id}', { method: 'POST', body });
  });
  setTimeout(timeout, ${timeoutMillis});
})();`
}

/** Takes the place of testdriver-vendor.js: clicks are made by the driver, permissions are granted already. */
export const VENDOR_SCRIPT = `
(() => {
  const call = (body) => fetch('/__wpt/driver', { method: 'POST', body: JSON.stringify(body) })
    .then((r) => { if (!r.ok) throw new Error('test driver: ' + body.action); });
  Object.assign(window.test_driver_internal, {
    in_automation: true,
    set_permission: async () => {},
    click: (element, coords) => call({ action: 'click', ...coords }),
  });
})();`

/** The page that the server of the Web Platform Tests makes around a `.window.js` or `.any.js` file. */
export function wrapperPage(script: string, text: string): string {
  const meta = metaLines(text)
  const scripts = meta.filter(([key]) => key === 'script').map(([, src]) => `<script src="${src}"></script>`)
  const title = meta.find(([key]) => key === 'title')?.[1]
  const global = script.endsWith('.any.js')
    ? '<script>self.GLOBAL = { isWindow: () => true, isWorker: () => false, isShadowRealm: () => false };</script>'
    : ''
  return `<!doctype html><meta charset=utf-8>${title === undefined ? '' : `<title>${title}</title>`}
${global}<script src="/resources/testharness.js"></script><script src="/resources/testharnessreport.js"></script>
${scripts.join('\n')}<div id=log></div><script src="${script}"></script>`
}

/** The `{{…}}` of `.sub.` files. Two origins: localhost for the tests, 127.0.0.1 where they ask for another host. */
export function substitute(text: string, url: URL): string {
  return text.replace(/\{\{([^}]*)\}\}/g, (whole, expression: string) => {
    const [, name, keys = ''] = /^(?:\$\w+:)?(\w+)((?:\[[^\]]*\])*)/.exec(expression.trim()) ?? []
    const key = /\[([^\]]*)\]/.exec(keys)?.[1] ?? ''
    switch (name) {
      case 'host':
        return 'localhost'
      case 'hosts':
      case 'domains':
        return '127.0.0.1'
      case 'ports':
        return url.port
      case 'GET':
        return url.searchParams.get(key) ?? ''
      case 'location':
        return locationPart(url, key)
      default:
        return whole
    }
  })
}

function locationPart(url: URL, part: string): string {
  const parts: Readonly<Record<string, string>> = {
    server: url.origin,
    host: url.host,
    path: url.pathname,
    query: url.search,
  }
  return parts[part] ?? ''
}
