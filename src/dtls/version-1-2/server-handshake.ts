import { concatBytes, EMPTY_BYTES, equalBytes } from '../../core/index.js'
import type { KeyShare, LocalCertificate, NamedGroup, PeerCertificate, SignatureScheme } from '../../crypto/types.js'
import { DECRYPT_ERROR, ILLEGAL_PARAMETER, UNEXPECTED_MESSAGE } from '../alert.js'
import { DTLS_1_0, DTLS_1_2, groupCode, schemeCode, SIGNATURE_SCHEMES } from '../code-points.js'
import { parseCertificateMessage, writeCertificateMessage } from '../handshake/certificate.js'
import { ECDSA_SIGN, RSA_SIGN, writeCertificateRequest } from '../handshake/certificate-request.js'
import { parseCertificateVerify } from '../handshake/certificate-verify.js'
import { parseClientHello, RANDOM_BYTES, type ClientHello } from '../handshake/client-hello.js'
import { parseClientKeyExchange } from '../handshake/client-key-exchange.js'
import { fail, MALFORMED, WAIT, type EpochKeys, type Handshake, type Step } from '../handshake/handshake.js'
import { writeHelloVerifyRequest } from '../handshake/hello-verify-request.js'
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
import { writeServerHello } from '../handshake/server-hello.js'
import { writeEcdhParameters, writeServerKeyExchange } from '../handshake/server-key-exchange.js'
import { KeySchedule } from './key-schedule.js'
import { negotiate, type Selection } from './negotiation.js'
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

/** Once ClientKeyExchange was there. */
interface Agreed {
  readonly chosen: Chosen
  readonly group: NamedGroup
  readonly keys: KeySchedule
  readonly writeKeys: EpochKeys
}

/**
 * What comes next (RFC 5246 §7.3, full handshake; there is no resumption):
 *
 *   clientHello ──▶ certificate ──▶ clientKeyExchange ──▶ certificateVerify ──▶ finished ──▶ nothing
 *    ↺ without cookie                       └────────── without certificate ───────▲
 */
type State =
  | { readonly expects: 'clientHello' }
  | { readonly expects: 'certificate'; readonly chosen: Chosen; readonly share: KeyShare }
  | {
      readonly expects: 'clientKeyExchange'
      readonly chosen: Chosen
      readonly share: KeyShare
      readonly certificate: PeerCertificate | undefined
    }
  | { readonly expects: 'certificateVerify'; readonly agreed: Agreed; readonly certificate: PeerCertificate }
  | { readonly expects: 'finished'; readonly agreed: Agreed }
  | { readonly expects: 'nothing'; readonly keys: KeySchedule }

const PLAINTEXT_TYPES: ReadonlySet<number> = new Set([
  CLIENT_HELLO,
  CERTIFICATE,
  CLIENT_KEY_EXCHANGE,
  CERTIFICATE_VERIFY,
])

const COOKIE_BYTES = 20

export class ServerHandshake implements Handshake {
  readonly #options: HandshakeOptions
  readonly #conversation = new Conversation()
  readonly #cookie: Uint8Array
  #state: State = { expects: 'clientHello' }
  /** Which of ours the ClientHello allows. */
  #certificate: LocalCertificate
  #remoteCertificates: readonly Uint8Array[] = []

  constructor(options: HandshakeOptions) {
    this.#options = options
    this.#certificate = options.certificates[0]!
    this.#cookie = options.cookieExchange ? options.crypto.randomBytes(COOKIE_BYTES) : EMPTY_BYTES
  }

  get remoteCertificates(): readonly Uint8Array[] {
    return this.#remoteCertificates
  }

  start(): Step {
    return WAIT
  }

  admits(type: number, epoch: number): boolean {
    if (epoch === EPOCH_PROTECTED) return type === FINISHED
    // Later messages that overtake the ClientHello wait their turn; a second ClientHello is recognised by its number.
    return epoch === EPOCH_PLAINTEXT && PLAINTEXT_TYPES.has(type)
  }

  receive(message: HandshakeMessage): Step {
    const state = this.#state
    if (state.expects === 'clientHello') {
      // What is not a ClientHello here was not sent by our peer, which has nothing to answer yet.
      return message.type === CLIENT_HELLO ? this.#receiveClientHello(message) : MALFORMED
    }
    if (state.expects === 'certificate' && message.type === CERTIFICATE) {
      return this.#receiveCertificate(message, state.chosen, state.share)
    }
    if (state.expects === 'clientKeyExchange' && message.type === CLIENT_KEY_EXCHANGE) {
      return this.#receiveKeyExchange(message, state)
    }
    if (state.expects === 'certificateVerify' && message.type === CERTIFICATE_VERIFY) {
      return this.#receiveCertificateVerify(message, state.agreed, state.certificate)
    }
    if (state.expects === 'finished' && message.type === FINISHED) return this.#receiveFinished(message, state.agreed)
    return fail(UNEXPECTED_MESSAGE, `The client sent message type ${message.type} where ${state.expects} was expected.`)
  }

  get exporter(): KeySchedule | undefined {
    return this.#state.expects === 'nothing' ? this.#state.keys : undefined
  }

  #enter(message: HandshakeMessage, state: State): Step {
    this.#conversation.transcript.add(message)
    this.#state = state
    return WAIT
  }

  #receiveClientHello(message: HandshakeMessage): Step {
    const hello = parseClientHello(message.body)
    if (hello === undefined) return MALFORMED
    if (this.#options.cookieExchange && !equalBytes(hello.cookie, this.#cookie)) return this.#requestCookie()
    const negotiation = negotiate(this.#options, hello)
    if (negotiation.type === 'refused') return negotiation.step
    this.#conversation.transcript.add(message)
    return this.#sendHello(hello, negotiation.selection)
  }

  /** Repeated only when the client repeats its hello (RFC 6347 §4.2.1), so that nobody can make us send more than they did. */
  #requestCookie(): Step {
    const body = writeHelloVerifyRequest({ version: DTLS_1_0, cookie: this.#cookie })
    const item = this.#conversation.send(HELLO_VERIFY_REQUEST, body)
    this.#conversation.transcript.clear()
    return { flight: { items: [item], awaitsReply: false } }
  }

  /** RFC 6347 §4.2.4 figure 1, flight 4. */
  #sendHello(hello: ClientHello, selection: Selection): Step {
    const { crypto } = this.#options
    const { certificate, suite, group, scheme, extendedMasterSecret, srtpProfile, extensions } = selection
    this.#certificate = certificate
    const randoms = { client: hello.random.slice(), server: crypto.randomBytes(RANDOM_BYTES) }
    const share = crypto.generateKeyShare(group)
    const items = [
      this.#conversation.send(
        SERVER_HELLO,
        writeServerHello({
          version: DTLS_1_2,
          random: randoms.server,
          sessionId: EMPTY_BYTES, // not resumable (RFC 5246 §7.4.1.3)
          cipherSuite: suite.id,
          compressionMethod: 0,
          extensions,
        }),
      ),
      this.#conversation.send(CERTIFICATE, writeCertificateMessage([certificate.der])),
      this.#conversation.send(SERVER_KEY_EXCHANGE, this.#signedKeyExchange(randoms, share, scheme)),
      this.#conversation.send(
        CERTIFICATE_REQUEST,
        writeCertificateRequest({
          certificateTypes: Uint8Array.of(ECDSA_SIGN, RSA_SIGN),
          signatureAlgorithms: SIGNATURE_SCHEMES.map(schemeCode),
        }),
      ),
      this.#conversation.send(SERVER_HELLO_DONE, EMPTY_BYTES),
    ]
    this.#state = { expects: 'certificate', chosen: { suite, randoms, extendedMasterSecret, srtpProfile }, share }
    return { flight: { items, awaitsReply: true } }
  }

  #signedKeyExchange(randoms: Chosen['randoms'], share: KeyShare, scheme: SignatureScheme): Uint8Array {
    const group = groupCode(share.group)
    const parameters = writeEcdhParameters(group, share.publicKey)
    const signature = this.#certificate.sign(scheme, concatBytes(randoms.client, randoms.server, parameters))
    return writeServerKeyExchange({ group, publicKey: share.publicKey, scheme: schemeCode(scheme), signature })
  }

  #receiveCertificate(message: HandshakeMessage, chosen: Chosen, share: KeyShare): Step {
    const chain = parseCertificateMessage(message.body)
    if (chain === undefined) return MALFORMED
    if (chain.length === 0 && !this.#options.requiresCertificate) {
      return this.#enter(message, { expects: 'clientKeyExchange', chosen, share, certificate: undefined })
    }
    const certificate = checkPeerChain(this.#options, chain)
    if (!('der' in certificate)) return certificate
    this.#remoteCertificates = chain
    return this.#enter(message, { expects: 'clientKeyExchange', chosen, share, certificate })
  }

  #receiveKeyExchange(message: HandshakeMessage, state: Extract<State, { expects: 'clientKeyExchange' }>): Step {
    const publicKey = parseClientKeyExchange(message.body)
    if (publicKey === undefined) return MALFORMED
    const { chosen, share, certificate } = state
    const { crypto } = this.#options
    const secret = share.deriveSecret(publicKey)
    if (secret === undefined) return fail(ILLEGAL_PARAMETER, "The client's key share is not a point of its group.")
    this.#conversation.transcript.add(message)
    const { suite, randoms, extendedMasterSecret } = chosen
    // RFC 7627 §4: the session hash covers everything up to and including ClientKeyExchange.
    const sessionHash = extendedMasterSecret ? this.#transcriptHash(suite.hash) : undefined
    const keys = new KeySchedule(crypto, suite, secret, randoms, sessionHash)
    const { readKeys, writeKeys } = epochKeys(crypto, suite, keys, 'server')
    const agreed = { chosen, group: share.group, keys, writeKeys }
    this.#state =
      certificate === undefined
        ? { expects: 'finished', agreed }
        : { expects: 'certificateVerify', agreed, certificate }
    return { readKeys }
  }

  #receiveCertificateVerify(message: HandshakeMessage, agreed: Agreed, certificate: PeerCertificate): Step {
    const verify = parseCertificateVerify(message.body)
    if (verify === undefined) return MALFORMED
    const signed = this.#conversation.transcript.bytes()
    const failure = checkSignature(certificate, verify, signed, 'CertificateVerify')
    return failure ?? this.#enter(message, { expects: 'finished', agreed })
  }

  /** RFC 6347 §4.2.4 figure 1, flight 6. */
  #receiveFinished(message: HandshakeMessage, { chosen, group, keys, writeKeys }: Agreed): Step {
    const { suite, srtpProfile } = chosen
    const expected = keys.verifyData('client', this.#transcriptHash(suite.hash))
    if (!this.#options.crypto.timingSafeEqual(message.body, expected)) {
      return fail(DECRYPT_ERROR, "The client's Finished does not match this handshake.")
    }
    this.#enter(message, { expects: 'nothing', keys })
    const verifyData = keys.verifyData('server', this.#transcriptHash(suite.hash))
    const finished = this.#conversation.send(FINISHED, verifyData, EPOCH_PROTECTED)
    this.#conversation.transcript.clear()
    return {
      writeKeys,
      flight: { items: [{ kind: 'changeCipherSpec', epoch: EPOCH_PLAINTEXT }, finished], awaitsReply: false },
      connected: {
        version: 'DTLS 1.2',
        cipherSuite: suite.name,
        group,
        srtpProfile,
        localCertificate: this.#certificate.der,
      },
    }
  }

  #transcriptHash(hash: 'sha256' | 'sha384'): Uint8Array {
    return this.#options.crypto.hash(hash, this.#conversation.transcript.bytes())
  }
}
