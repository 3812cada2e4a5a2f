import {
  fingerprintOf,
  generateEcdsaCertificate,
  nodeCrypto,
  openSslAeads,
  runtimeCrypto,
  type Crypto,
  type LocalCertificate,
} from '../../src/crypto/index.js'
import { CIPHER_SUITES } from '../../src/dtls/cipher-suites.js'
import { DTLS_1_2 } from '../../src/dtls/code-points.js'
import { DtlsConnection, type DtlsRole } from '../../src/dtls/index.js'
import { PlaintextProtection } from '../../src/dtls/record/plaintext-protection.js'
import { RecordLayer } from '../../src/dtls/record/record-layer.js'
import { APPLICATION_DATA, parseRecord } from '../../src/dtls/record/record.js'
import { AeadProtection, RECORD_OVERHEAD_BYTES } from '../../src/dtls/version-1-2/aead-protection.js'
import type { Counts, Layer, Workload } from './layer.js'

/** What a datagram of tincan has at most before a longer path was found. */
const RECORD_BYTES = 1200
const PLAIN_BYTES = RECORD_BYTES - RECORD_OVERHEAD_BYTES
/** Sealed where they are sent from by one system call. */
const BURST = 44
const EPOCH = 1

const suite = CIPHER_SUITES.find(({ aead }) => aead === 'aes-128-gcm')!
const keys = { key: new Uint8Array(suite.keyBytes).fill(5), fixedIv: new Uint8Array(suite.fixedIvBytes).fill(6) }

function recordLayer(crypto: Crypto): RecordLayer {
  const layer = new RecordLayer(new PlaintextProtection(DTLS_1_2))
  layer.addReadEpoch(EPOCH, new AeadProtection(crypto, suite, keys))
  layer.addWriteEpoch(EPOCH, new AeadProtection(crypto, suite, keys))
  return layer
}

function sealing(crypto: Crypto, operations: number): () => Counts {
  const layer = recordLayer(crypto)
  const memory = new Uint8Array(new ArrayBuffer(BURST * RECORD_BYTES)).fill(7)
  return () => {
    let records = 0
    for (let i = 0; i < operations; i++) {
      const at = (i % BURST) * RECORD_BYTES
      if (layer.sealInPlace(EPOCH, APPLICATION_DATA, memory, at, PLAIN_BYTES) === RECORD_BYTES) records++
    }
    layer.release()
    return { records }
  }
}

/** Each record is another one: the replay window takes none twice. */
function opening(crypto: Crypto, operations: number): () => Counts {
  const layer = recordLayer(crypto)
  const plaintext = new Uint8Array(PLAIN_BYTES).fill(7)
  const datagrams = Array.from({ length: operations }, () => layer.seal(EPOCH, APPLICATION_DATA, plaintext)!)
  return () => {
    let records = 0
    for (const datagram of datagrams) {
      const opened = layer.open(parseRecord(datagram, 0)!)
      if (typeof opened === 'object' && opened.fragment.length === PLAIN_BYTES) records++
    }
    layer.release()
    return { records }
  }
}

/** Both ends, each with a certificate of its own, from the first call to what releases its keys. */
function handshaking(crypto: Crypto, operations: number): () => Counts {
  const isPlain = crypto === nodeCrypto
  const certificate = (): LocalCertificate => generateEcdsaCertificate({ expires: Date.UTC(2040, 0, 1), isPlain })
  const [ours, theirs] = [certificate(), certificate()]
  const end = (role: DtlsRole, own: LocalCertificate, peer: LocalCertificate): DtlsConnection =>
    new DtlsConnection({
      crypto,
      role,
      certificate: own,
      remoteFingerprints: [{ algorithm: 'sha-256', value: fingerprintOf(peer.der, 'sha-256') }],
      srtpProfiles: [0x0007, 0x0008, 0x0001],
    })
  return () => {
    let [handshakes, datagrams] = [0, 0]
    for (let i = 0; i < operations; i++) {
      const [client, server] = [end('client', ours, theirs), end('server', theirs, ours)]
      datagrams += shakeHands(client, server)
      if (client.state === 'connected' && server.state === 'connected') handshakes++
      client.close(0)
      server.close(0)
    }
    return { handshakes, datagrams }
  }
}

/** How many datagrams it took. */
function shakeHands(client: DtlsConnection, server: DtlsConnection): number {
  server.start(0)
  client.start(0)
  const deliver = (from: DtlsConnection, to: DtlsConnection): number => {
    let count = 0
    for (let sent = from.pollTransmit(0); sent !== undefined; sent = from.pollTransmit(0), count++) to.receive(0, sent)
    return count
  }
  let datagrams = 0
  for (let sent = 1; sent > 0; datagrams += sent) sent = deliver(client, server) + deliver(server, client)
  return datagrams
}

function missingOpenSsl(): string | undefined {
  const aeads = openSslAeads()
  return aeads.isAvailable ? undefined : aeads.reason
}

function both(name: string, crypto: Crypto, operations: number, missing?: () => string | undefined): Workload[] {
  const common = { operations, unit: 'records', ...(missing === undefined ? {} : { missing }) }
  return [
    { ...common, title: `sealed, ${name}`, prepare: (count) => sealing(crypto, count) },
    { ...common, title: `opened, ${name}`, prepare: (count) => opening(crypto, count) },
  ]
}

export const dtls: Layer = {
  name: 'dtls',
  title: 'records of 1,200 bytes, AES-128-GCM, and handshakes',
  workloads: [
    ...both("the runtime's OpenSSL", runtimeCrypto, 20_000, missingOpenSsl),
    ...both('node:crypto', nodeCrypto, 5000),
    {
      title: "handshakes, the runtime's OpenSSL",
      operations: 200,
      unit: 'handshakes',
      missing: missingOpenSsl,
      prepare: (count) => handshaking(runtimeCrypto, count),
    },
    {
      title: 'handshakes, node:crypto',
      operations: 100,
      unit: 'handshakes',
      prepare: (count) => handshaking(nodeCrypto, count),
    },
  ],
}
