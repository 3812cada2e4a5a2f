import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTE_ROWS } from './attribute-table.js'
import { parseSdp, SDP_LIMITS, writeSdp } from './index.js'
import type { SessionDescription } from './index.js'
import { ALL_OFFERS, CHROMIUM_DATA_OFFER, CHROMIUM_MEDIA_OFFER, crlf } from './offers.test-support.js'

function parsed(text: string): SessionDescription {
  const result = parseSdp(text)
  if (!result.ok) throw new Error(`line ${result.error.line}: ${result.error.message}`)
  return result.value
}

function errorOf(text: string): string {
  const result = parseSdp(text)
  return result.ok ? 'none' : `${result.error.line}: ${result.error.message}`
}

/** Line numbers move when a description is written anew; all else stays. */
function withoutLines(session: SessionDescription): unknown {
  return { ...session, unknown: undefined, media: session.media.map((section) => ({ ...section, line: undefined })) }
}

const HEAD = 'v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n'
const DATA = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\n'

describe('real descriptions', () => {
  test.each(Object.entries(ALL_OFFERS))('%s comes back as it was, line order aside', (_name, text) => {
    const session = parsed(text)
    const again = parsed(writeSdp(session))
    expect(withoutLines(again)).toEqual(withoutLines(session))
    const known = text.split('\r\n').filter((line) => !line.startsWith('a=rtcp-xr'))
    const normal = (line: string): string =>
      line.replace('ice2,trickle', 'ice2 trickle').replace(/semantic: ?/, 'semantic:')
    expect(writeSdp(session).split('\r\n').map(normal).sort()).toEqual(known.map(normal).sort())
  })

  test('what Chromium says of data channels is data', () => {
    const session = parsed(CHROMIUM_DATA_OFFER)
    expect(session.attributes.groups).toEqual([{ semantics: 'BUNDLE', mids: ['0'] }])
    expect(session.media[0]).toMatchObject({
      kind: 'application',
      port: 9,
      protocol: 'UDP/DTLS/SCTP',
      formats: ['webrtc-datachannel'],
      line: 8,
      attributes: { mid: '0', setup: 'actpass', sctpPort: 5000, maxMessageSizeBytes: 262144, iceOptions: ['trickle'] },
    })
    expect(session.media[0]?.attributes.candidates?.[0]).toMatch(/^candidate:401362039 1 udp /)
  })

  test('what Chromium says of media is data', () => {
    const { attributes } = parsed(CHROMIUM_MEDIA_OFFER).media[1]!
    expect(attributes.rtpmaps).toEqual([
      { payloadType: 96, encodingName: 'VP8', clockRate: 90000 },
      { payloadType: 97, encodingName: 'rtx', clockRate: 90000 },
    ])
    expect(attributes.ssrcGroups).toEqual([{ semantics: 'FID', ssrcs: [3802494389, 137373051] }])
    expect(attributes.msids?.[0]?.stream).toBe('-')
    expect(attributes.extmaps).toHaveLength(11)
  })
})

describe('structure', () => {
  test.each([
    ['', '1: expected a letter, an equals sign and a value'],
    ['Invalid SDP', '1: expected a letter, an equals sign and a value'],
    ['o=- 1 2 IN IP4 1.2.3.4', '1: expected v= in the first line'],
    ['v=1\n', '1: expected v=0'],
    ['v=0\ns=-\n', '2: expected o='],
    ['v=0\no=- 1 2 IN IP4 1.2.3.4\nt=0 0\n', '3: expected s='],
    ['v=0\no=- 1 2 IN IP4 1.2.3.4\ns=-\n', '3: expected t='],
    ['v=0\no=- 1 2 IN IP4 1.2.3.4\ns=-\na=mid:0\n', '4: expected t='],
    [`v=0\no=- 1 2 IN IP4 1.2.3.4\ns=-\n${DATA}`, '4: expected t='],
    ['v=0\no=- x 2 IN IP4 1.2.3.4\n', '2: malformed o='],
    ['v=0\no=- 1 2 IN IP4 1.2.3.4\no=- 1 2 IN IP4 1.2.3.4\n', '3: o= stands twice'],
    [HEAD + 'c=IN IP4 0.0.0.0\n', '5: c= must stand before t='],
    [HEAD + DATA + 'a=mid:0\nc=IN IP4 0.0.0.0\n', '7: c= must stand before a='],
    [HEAD + DATA + 'c=IN IP4\n', '6: malformed c='],
    [HEAD + DATA + 'b=AS\n', '6: malformed b='],
    [HEAD + DATA + 's=-\n', '6: s= is not expected in a media section'],
    [HEAD + 'y=1\n', '5: y= is not expected at session level'],
    [HEAD + 'm=application 70000 UDP/DTLS/SCTP webrtc-datachannel\n', '5: malformed m='],
    [HEAD + 'm=application 9 UDP/DTLS/SCTP\n', '5: malformed m='],
    [HEAD + '\n' + DATA, '5: expected a letter, an equals sign and a value'],
    [HEAD + DATA + 'a=sctp-port:70000\n', '6: malformed a=sctp-port'],
    [HEAD + DATA + 'a=mid\n', '6: malformed a=mid'],
    [HEAD + DATA + 'a=mid:0\na=mid:1\n', '7: a=mid contradicts an earlier line'],
    [HEAD + DATA + 'a=sendrecv\na=inactive\n', '7: a=inactive contradicts an earlier line'],
    [HEAD + DATA + 'a=setup:maybe\n', '6: malformed a=setup'],
    [HEAD + DATA + 'a=fingerprint:sha-256 AB:CD\n', '6: malformed a=fingerprint'],
    [HEAD + DATA + `a=x:${'y'.repeat(SDP_LIMITS.lineLength)}\n`, `6: longer than ${SDP_LIMITS.lineLength} characters`],
    [HEAD + DATA + 'a=x:\0\n', '6: a control character in the line'],
  ])('%j', (text, message) => {
    expect(errorOf(text)).toBe(message)
    expect(errorOf(text.replaceAll('\n', '\r\n'))).toBe(message)
  })

  test.each([
    ['lines may end in LF', HEAD + DATA],
    ['the last line may have no end', (HEAD + DATA).trimEnd()],
    ['empty lines at the end are forgiven', HEAD + DATA + '\r\n\r\n'],
    [
      'lines that say nothing to WebRTC are read over',
      HEAD.replace('t=', 'i=x\nu=x\ne=x\ne=x\np=x\nt=') + 'r=7d 1h 0\nt=1 2\nz=0 0\nk=p\n',
    ],
    ['the same attribute twice says nothing new', HEAD + DATA + 'a=mid:0\na=mid:0\na=rtcp-mux\na=rtcp-mux\n'],
    [
      'malformed simulcast, rid and imageattr lines are ignored',
      HEAD + DATA + 'a=rid:? x\na=simulcast:1\na=imageattr:x\n',
    ],
  ])('%s', (_name, text) => {
    expect(errorOf(text)).toBe('none')
  })

  test('several fingerprints, in several hashes and cases, at both levels', () => {
    const sha1 = Array<string>(20).fill('0a').join(':')
    const text = `${HEAD}a=fingerprint:SHA-1 ${sha1}\n${DATA}a=fingerprint:sha-1 ${sha1}\na=fingerprint:sha3-256 AA:BB\n`
    const session = parsed(text)
    expect(session.attributes.fingerprints).toEqual([{ algorithm: 'sha-1', value: sha1 }])
    expect(session.media[0]?.attributes.fingerprints?.map(({ algorithm }) => algorithm)).toEqual(['sha-1', 'sha3-256'])
  })

  test('unknown attributes, and known ones at the wrong level, are listed up to a bound and never written', () => {
    const many = Array.from({ length: 300 }, (_, index) => `a=x-${index}:evil\n`).join('')
    const session = parsed(`${HEAD}a=mid:0\n${DATA}${many}a=ice-lite\n`)
    expect(session.unknown).toHaveLength(SDP_LIMITS.unknownAttributes)
    expect(session.unknown?.[0]).toBe('mid:0')
    expect(writeSdp(session)).toBe(crlf(HEAD + DATA))
  })

  test('counts are bounded', () => {
    expect(errorOf(HEAD + DATA.repeat(SDP_LIMITS.mediaSections + 1))).toMatch(/^1029: more than 1024 media sections/)
    expect(errorOf(HEAD + 'a=x\n'.repeat(SDP_LIMITS.lines))).toMatch(/^50000: more than 50000 lines/)
    expect(errorOf(HEAD + DATA + '\n'.repeat(SDP_LIMITS.lines) + 'garbage')).toMatch(/^50000: more than/)
    expect(errorOf('v'.repeat(SDP_LIMITS.textLength + 1))).toMatch(/^1: longer than/)
  })
})

describe('each attribute row', () => {
  const samples: Record<string, readonly string[]> = {
    session: [
      'group:LS a b',
      'msid-semantic: WMS *',
      'ice-lite',
      'ice-pacing:50',
      'identity:eyJ= x=1',
      'ice-options:ice2 trickle',
      'tls-id:0123456789abcdef0123',
      'setup:holdconn',
      'extmap:3/sendonly urn:x y z',
      'inactive',
      'end-of-candidates',
    ],
    media: [
      'rtcp:9 IN IP6 ::1',
      'rtcp:1234',
      'candidate:1 1 udp 1 1.2.3.4 5 typ host',
      'remote-candidates:1 1.2.3.4 5',
      'bundle-only',
      'rtcp-mux-only',
      'rtcp-rsize',
      'rtpmap:0 PCMU/8000',
      'rtpmap:111 opus/48000/2',
      'rtcp-fb:* nack pli',
      'fmtp:0 a=b; c',
      'ptime:2.5',
      'maxptime:120',
      'framerate:29.97',
      'imageattr:* send [x=800,y=640]',
      'rid:hi send pt=96;max-fps=30',
      'rid:lo recv',
      'simulcast:send 1;2,~3 recv 4',
      'ssrc-group:FID 1 4294967295',
      'ssrc:1 cname:a:b c',
      'ssrc:1 x',
      'sctpmap:5000 webrtc-datachannel 256',
      'max-message-size:0',
      'msid:s',
      'msid:s t',
      'extmap-allow-mixed',
      'recvonly',
    ],
  }
  test.each(Object.entries(samples).flatMap(([level, lines]) => lines.map((line) => [level, line])))(
    '%s: %s',
    (level, line) => {
      const text = level === 'session' ? `${HEAD}a=${line}\n` : `${HEAD}${DATA}a=${line}\n`
      expect(writeSdp(parsed(text))).toBe(crlf(text))
    },
  )

  test('names are unique', () => {
    expect(new Set(ATTRIBUTE_ROWS.map((row) => row.name)).size).toBe(ATTRIBUTE_ROWS.length)
  })
})

describe('any text', () => {
  const offers = Object.values(ALL_OFFERS)

  function checked(text: string): void {
    const result = parseSdp(text)
    if (result.ok) {
      const again = parsed(writeSdp(result.value))
      expect(withoutLines(again)).toEqual(withoutLines(result.value))
    } else {
      expect(result.error.line).toBeGreaterThanOrEqual(1)
      expect(result.error.line).toBeLessThanOrEqual(Math.max(1, text.split('\n').length))
    }
  }

  test('mutations of real offers never throw, name a line that is there, and survive a round trip if they parse', () => {
    const edit = fc.record({
      at: fc.nat(),
      cut: fc.nat(12),
      put: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('\n', '\r\n', 'a=', 'm=', ' ', ':')),
    })
    fc.assert(
      fc.property(fc.constantFrom(...offers), fc.array(edit, { maxLength: 4 }), (offer, edits) => {
        let text = offer
        for (const { at, cut, put } of edits) {
          const index = at % (text.length + 1)
          text = text.slice(0, index) + put + text.slice(index + cut)
        }
        checked(text)
      }),
      { numRuns: 500 },
    )
  })

  test('lines shuffled between real offers never throw', () => {
    const lines = [...new Set(offers.flatMap((offer) => offer.split('\r\n')))]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 30 }), (some) => {
        checked(HEAD + some.join('\n'))
        checked(HEAD + DATA + some.filter((line) => line.startsWith('a=')).join('\n'))
      }),
      { numRuns: 500 },
    )
  })

  test('generated sessions survive a round trip', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/)
    const section = fc.record({
      kind: fc.constantFrom('audio', 'video', 'application', 'text'),
      port: fc.nat(65535),
      protocol: fc.constantFrom('UDP/TLS/RTP/SAVPF', 'UDP/DTLS/SCTP', 'RTP/AVP'),
      formats: fc.array(token, { minLength: 1, maxLength: 5 }),
      bandwidths: fc.array(fc.record({ type: token, value: fc.nat() }), { maxLength: 2 }),
      attributes: fc.record(
        {
          mid: token,
          iceUfrag: token,
          setup: fc.constantFrom('active', 'passive', 'actpass'),
          direction: fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive'),
          bundleOnly: fc.constant(true),
          candidates: fc.array(
            token.map((word) => `candidate:${word} 1 udp`),
            { minLength: 1, maxLength: 3 },
          ),
          rtpmaps: fc.array(fc.record({ payloadType: fc.nat(127), encodingName: token, clockRate: fc.nat() }), {
            minLength: 1,
          }),
          ssrcs: fc.array(
            fc.record({
              ssrc: fc.nat(),
              attribute: token,
              value: fc.string().map((s) => `v${s.replace(/\s|\0/g, '')}`),
            }),
            { minLength: 1 },
          ),
          maxMessageSizeBytes: fc.nat(),
          sctpPort: fc.nat(65535),
        },
        { requiredKeys: [] },
      ),
    })
    fc.assert(
      fc.property(fc.array(section, { maxLength: 6 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (media, id) => {
        const session = {
          origin: { username: '-', sessionId: `${id}`, sessionVersion: '2', addressType: 'IP4', address: '0.0.0.0' },
          sessionName: '-',
          bandwidths: [],
          timing: { start: 0, stop: 0 },
          attributes: {},
          media,
        } as SessionDescription
        expect(withoutLines(parsed(writeSdp(session)))).toEqual(withoutLines(session))
      }),
      { numRuns: 200 },
    )
  })
})
