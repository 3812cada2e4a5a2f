import { concatBytes, EMPTY_BYTES, equalBytes } from '../../core/index.js'
import type { LocalCertificate, NamedGroup, PeerCertificate, SignatureScheme } from '../../crypto/types.js'
import {
  DECRYPT_ERROR,
  HANDSHAKE_FAILURE,
  ILLEGAL_PARAMETER,
  PROTOCOL_VERSION,
  UNEXPECTED_MESSAGE,
  UNSUPPORTED_CERTIFICATE,
  UNSUPPORTED_EXTENSION,
} from '../alert.js'
import { DTLS_1_2, groupFromCode, schemeCode, SIGNATURE_SCHEMES } from '../code-points.js'
import type { FlightItem } from '../flight.js'
import { parseCertificateMessage, writeCertificateMessage } from '../handshake/certificate.js'
import { parseCertificateRequest, type CertificateRequest } from '../handshake/certificate-request.js'
import { writeCertificateVerify } from '../handshake/certificate-verify.js'
import { RANDOM_BYTES, writeClientHello } from '../handshake/client-hello.js'
import { writeClientKeyExchange } from '../handshake/client-key-exchange.js'
import {
  EMPTY_RENEGOTIATION_INFO,
  EXT_EC_POINT_FORMATS,
  EXT_EXTENDED_MASTER_SECRET,
  EXT_RENEGOTIATION_INFO,
  EXT_SERVER_NAME,
  EXT_SIGNATURE_ALGORITHMS,
  EXT_SUPPORTED_GROUPS,
  EXT_USE_SRTP,
  parseUseSrtp,
  UNCOMPRESSED_POINTS_ONLY,
  writeServerName,
  writeSignatureAlgorithms,
  writeSupportedGroups,
  writeUseSrtp,
  type Extensions,
} from '../handshake/extensions.js'
import { fail, MALFORMED, WAIT, type Handshake, type Negotiated, type Step } from '../handshake/handshake.js'
import { parseHelloVerifyRequest } from '../handshake/hello-verify-request.js'
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  CERTIFICATE_VERIFY,
  CLIENT_HELLO,
  CLIENT_KEY_EXCHANGE,
  FINISHED,
  HELLO_VERIFY_REQUEST,
  SERVER_HELLO,
  SERVER_HELLO_DONE,
  SERVER_KEY_EXCHANGE,
  type HandshakeMessage,
} from '../handshake/message.js'
import { parseServerHello, type ServerHello } from '../handshake/server-hello.js'
import { parseServerKeyExchange, writeEcdhParameters } from '../handshake/server-key-exchange.js'
import type { SrtpProfile } from '../types.js'
import { KeySchedule } from './key-schedule.js'
import {
  checkPeerChain,
  checkSignature,
  Conversation,
  EPOCH_PLAINTEXT,
  EPOCH_PROTECTED,
  epochKeys,
  type Chosen,
  type HandshakeOptions,
} from './session.js'

/** The server's half of the key agreement. */
interface ServerShare {
  readonly group: NamedGroup
  readonly publicKey: Uint8Array
}

/**
 * What comes next (RFC 5246 §7.3, full handshake; there is no resumption):
 *
 *   serverHello ──▶ certificate ──▶ serverKeyExchange ──▶ serverHelloDone ──▶ finished ──▶ nothing
 *    ↺ HelloVerifyRequest                                  ↺ CertificateRequest
 */
type State =
  | { readonly expects: 'serverHello'; readonly verifyRequests: number }
  | { readonly expects: 'certificate'; readonly chosen: Chosen }
  | { readonly expects: 'serverKeyExchange'; readonly chosen: Chosen; readonly certificate: PeerCertificate }
  | {
      readonly expects: 'serverHelloDone'
      readonly chosen: Chosen
      readonly share: ServerShare
      readonly request: CertificateRequest | undefined
    }
  | {
      readonly expects: 'finished'
      readonly keys: KeySchedule
      readonly verifyData: Uint8Array
      readonly negotiated: Negotiated
    }
  | { readonly expects: 'nothing'; readonly keys: KeySchedule }

/** Message types by the epoch that they come in. */
const PLAINTEXT_TYPES: ReadonlySet<number> = new Set([
  HELLO_VERIFY_REQUEST,
  SERVER_HELLO,
  CERTIFICATE,
  SERVER_KEY_EXCHANGE,
  CERTIFICATE_REQUEST,
  SERVER_HELLO_DONE,
])

/** A server asks once; who asks again and again wants to keep us busy. */
const MAX_VERIFY_REQUESTS = 3

export class ClientHandshake implements Handshake {
  readonly #options: HandshakeOptions
  readonly #conversation = new Conversation()
  readonly #random: Uint8Array
  readonly #offered: Extensions
  #state: State = { expects: 'serverHello', verifyRequests: 0 }
  #remoteCertificates: readonly Uint8Array[] = []

  constructor(options: HandshakeOptions) {
    this.#options = options
    this.#random = options.crypto.randomBytes(RANDOM_BYTES)
    this.#offered = offeredExtensions(options)
  }

  get remoteCertificates(): readonly Uint8Array[] {
    return this.#remoteCertificates
  }

  start(): Step {
    return this.#sendHello(EMPTY_BYTES)
  }

  admits(type: number, epoch: number): boolean {
    return epoch === EPOCH_PLAINTEXT ? PLAINTEXT_TYPES.has(type) : epoch === EPOCH_PROTECTED && type === FINISHED
  }

  receive(message: HandshakeMessage): Step {
    const state = this.#state
    if (state.expects === 'serverHello') {
      if (message.type === HELLO_VERIFY_REQUEST) return this.#receiveVerifyRequest(message, state.verifyRequests)
      if (message.type === SERVER_HELLO) return this.#receiveServerHello(message)
    } else if (state.expects === 'certificate' && message.type === CERTIFICATE) {
      return this.#receiveCertificate(message, state.chosen)
    } else if (state.expects === 'serverKeyExchange' && message.type === SERVER_KEY_EXCHANGE) {
      return this.#receiveKeyExchange(message, state.chosen, state.certificate)
    } else if (state.expects === 'serverHelloDone') {
      if (message.type === CERTIFICATE_REQUEST && state.request === undefined) {
        const request = parseCertificateRequest(message.body)
        if (request === undefined) return MALFORMED
        return this.#enter(message, { ...state, request })
      }
      if (message.type === SERVER_HELLO_DONE) return this.#receiveDone(message, state)
    } else if (state.expects === 'finished' && message.type === FINISHED) {
      return this.#receiveFinished(message, state)
    }
    return fail(UNEXPECTED_MESSAGE, `The server sent message type ${message.type} where ${state.expects} was expected.`)
  }

  get exporter(): KeySchedule | undefined {
    return this.#state.expects === 'nothing' ? this.#state.keys : undefined
  }

  #enter(message: HandshakeMessage, state: State): Step {
    this.#conversation.transcript.add(message)
    this.#state = state
    return WAIT
  }

  #sendHello(cookie: Uint8Array): Step {
    const hello = writeClientHello({
      version: DTLS_1_2,
      random: this.#random,
      sessionId: EMPTY_BYTES,
      cookie,
      cipherSuites: this.#options.cipherSuites.map((suite) => suite.id),
      compressionMethods: Uint8Array.of(0),
      extensions: this.#offered,
    })
    return { flight: { items: [this.#conversation.send(CLIENT_HELLO, hello)], awaitsReply: true } }
  }

  #receiveVerifyRequest(message: HandshakeMessage, verifyRequests: number): Step {
    const request = parseHelloVerifyRequest(message.body)
    if (request === undefined || verifyRequests === MAX_VERIFY_REQUESTS) return MALFORMED
    this.#conversation.transcript.clear()
    this.#state = { expects: 'serverHello', verifyRequests: verifyRequests + 1 }
    return this.#sendHello(request.cookie)
  }

  #receiveServerHello(message: HandshakeMessage): Step {
    const hello = parseServerHello(message.body)
    if (hello === undefined) return MALFORMED
    if (hello.version !== DTLS_1_2) {
      return fail(PROTOCOL_VERSION, `The server chose version 0x${hello.version.toString(16)} instead of DTLS 1.2.`)
    }
    const suite = this.#options.cipherSuites.find(({ id }) => id === hello.cipherSuite)
    if (suite === undefined || hello.compressionMethod !== 0) {
      return fail(ILLEGAL_PARAMETER, 'The server chose a cipher suite or a compression that was not offered.')
    }
    const failure = this.#checkExtensions(hello)
    if (failure !== undefined) return failure
    const srtpAnswer = hello.extensions.get(EXT_USE_SRTP)
    const srtpProfile = srtpAnswer && this.#acceptedProfile(srtpAnswer)
    if (srtpAnswer !== undefined && srtpProfile === undefined) {
      return fail(ILLEGAL_PARAMETER, 'The server answered use_srtp with something else than one offered profile.')
    }
    return this.#enter(message, {
      expects: 'certificate',
      chosen: {
        suite,
        randoms: { client: this.#random, server: hello.random.slice() },
        extendedMasterSecret: hello.extensions.has(EXT_EXTENDED_MASTER_SECRET),
        srtpProfile,
      },
    })
  }

  #checkExtensions(hello: ServerHello): Step | undefined {
    for (const type of hello.extensions.keys()) {
      // RFC 5246 §7.4.1.4: a server answers extensions, it does not bring its own.
      if (!this.#offered.has(type)) {
        return fail(UNSUPPORTED_EXTENSION, `The server answered extension ${type}, which was not offered.`)
      }
    }
    const renegotiation = hello.extensions.get(EXT_RENEGOTIATION_INFO)
    // RFC 5746 §3.4: empty in a first handshake, or somebody spliced ours onto another one.
    if (renegotiation !== undefined && !equalBytes(renegotiation, EMPTY_RENEGOTIATION_INFO)) {
      return fail(HANDSHAKE_FAILURE, 'The server takes this first handshake for a renegotiation.')
    }
    return undefined
  }

  /** RFC 5764 §4.1.1: one of the offered profiles, and no MKI, since we offered none. */
  #acceptedProfile(answer: Uint8Array): SrtpProfile | undefined {
    const { profiles, mki } = parseUseSrtp(answer) ?? { profiles: [], mki: EMPTY_BYTES }
    if (profiles.length !== 1 || mki.length > 0) return undefined
    return this.#options.srtpProfiles.find((profile) => profile === profiles[0])
  }

  #receiveCertificate(message: HandshakeMessage, chosen: Chosen): Step {
    const chain = parseCertificateMessage(message.body)
    if (chain === undefined) return MALFORMED
    const certificate = checkPeerChain(this.#options, chain)
    if (!('der' in certificate)) return certificate
    if (certificate.keyType !== chosen.suite.keyType) {
      const message = `${chosen.suite.name} does not go with the ${certificate.keyType} key of the server's certificate.`
      return fail(UNSUPPORTED_CERTIFICATE, message, 'dtls.certificate')
    }
    this.#remoteCertificates = chain
    return this.#enter(message, { expects: 'serverKeyExchange', chosen, certificate })
  }

  #receiveKeyExchange(message: HandshakeMessage, chosen: Chosen, certificate: PeerCertificate): Step {
    const exchange = parseServerKeyExchange(message.body)
    if (exchange === undefined) return MALFORMED
    const parameters = writeEcdhParameters(exchange.group, exchange.publicKey)
    const signed = concatBytes(chosen.randoms.client, chosen.randoms.server, parameters)
    const failure = checkSignature(certificate, exchange, signed, 'ServerKeyExchange')
    if (failure !== undefined) return failure
    const group = groupFromCode(exchange.group)
    if (group === undefined || !this.#options.groups.includes(group)) {
      return fail(ILLEGAL_PARAMETER, `The server chose group ${exchange.group}, which was not offered.`)
    }
    const share = { group, publicKey: exchange.publicKey }
    return this.#enter(message, { expects: 'serverHelloDone', chosen, share, request: undefined })
  }

  /** The whole second flight (RFC 6347 §4.2.4 figure 1, flight 5). */
  #receiveDone(message: HandshakeMessage, state: Extract<State, { expects: 'serverHelloDone' }>): Step {
    if (message.body.length > 0) return MALFORMED
    const { chosen, share, request } = state
    const { crypto, certificates } = this.#options
    const ours = crypto.generateKeyShare(share.group)
    const secret = ours.deriveSecret(share.publicKey)
    if (secret === undefined) return fail(ILLEGAL_PARAMETER, "The server's key share is not a point of its group.")
    const schemeOf = ({ signatureSchemes }: LocalCertificate): SignatureScheme | undefined =>
      signatureSchemes.find((s) => request?.signatureAlgorithms.includes(schemeCode(s)))
    const certificate = certificates.find((one) => schemeOf(one) !== undefined) ?? certificates[0]
    const scheme = certificate && schemeOf(certificate)
    if (request !== undefined && certificate !== undefined && scheme === undefined) {
      return fail(HANDSHAKE_FAILURE, 'The server takes no signature that the key of our certificate can make.')
    }
    const { transcript } = this.#conversation
    transcript.add(message)
    const items: FlightItem[] = []
    if (request !== undefined) {
      // RFC 5246 §7.4.6: an empty list where we have none.
      const chain = certificate === undefined ? [] : [certificate.der]
      items.push(this.#conversation.send(CERTIFICATE, writeCertificateMessage(chain)))
    }
    items.push(this.#conversation.send(CLIENT_KEY_EXCHANGE, writeClientKeyExchange(ours.publicKey)))
    const { suite, randoms, extendedMasterSecret, srtpProfile } = chosen
    // RFC 7627 §4: the session hash covers everything up to and including ClientKeyExchange.
    const sessionHash = extendedMasterSecret ? this.#transcriptHash(suite.hash) : undefined
    const keys = new KeySchedule(crypto, suite, secret, randoms, sessionHash)
    if (certificate !== undefined && scheme !== undefined) {
      const signature = certificate.sign(scheme, transcript.bytes())
      const verify = writeCertificateVerify({ scheme: schemeCode(scheme), signature })
      items.push(this.#conversation.send(CERTIFICATE_VERIFY, verify))
    }
    const ourVerifyData = keys.verifyData('client', this.#transcriptHash(suite.hash))
    items.push({ kind: 'changeCipherSpec', epoch: EPOCH_PLAINTEXT })
    items.push(this.#conversation.send(FINISHED, ourVerifyData, EPOCH_PROTECTED))
    this.#state = {
      expects: 'finished',
      keys,
      verifyData: keys.verifyData('server', this.#transcriptHash(suite.hash)),
      negotiated: {
        version: 'DTLS 1.2',
        cipherSuite: suite.name,
        group: share.group,
        srtpProfile,
        localCertificate: certificate?.der ?? EMPTY_BYTES,
      },
    }
    return { ...epochKeys(crypto, suite, keys, 'client'), flight: { items, awaitsReply: true } }
  }

  #receiveFinished(message: HandshakeMessage, state: Extract<State, { expects: 'finished' }>): Step {
    if (!this.#options.crypto.timingSafeEqual(message.body, state.verifyData)) {
      return fail(DECRYPT_ERROR, "The server's Finished does not match this handshake.")
    }
    this.#state = { expects: 'nothing', keys: state.keys }
    this.#conversation.transcript.clear()
    return { connected: state.negotiated }
  }

  #transcriptHash(hash: 'sha256' | 'sha384'): Uint8Array {
    return this.#options.crypto.hash(hash, this.#conversation.transcript.bytes())
  }
}

function offeredExtensions(options: HandshakeOptions): Extensions {
  const extensions = new Map([
    [EXT_EXTENDED_MASTER_SECRET, EMPTY_BYTES],
    [EXT_RENEGOTIATION_INFO, EMPTY_RENEGOTIATION_INFO],
    [EXT_SUPPORTED_GROUPS, writeSupportedGroups(options.groups)],
    [EXT_EC_POINT_FORMATS, UNCOMPRESSED_POINTS_ONLY],
    [EXT_SIGNATURE_ALGORITHMS, writeSignatureAlgorithms(SIGNATURE_SCHEMES)],
  ])
  if (options.serverName !== undefined) extensions.set(EXT_SERVER_NAME, writeServerName(options.serverName))
  if (options.srtpProfiles.length > 0) {
    extensions.set(EXT_USE_SRTP, writeUseSrtp({ profiles: options.srtpProfiles, mki: EMPTY_BYTES }))
  }
  return extensions
}
