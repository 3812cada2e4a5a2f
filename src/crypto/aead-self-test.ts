import type { Aead, AeadAlgorithm, RecordAead } from './types.js'

interface KnownAnswer {
  readonly algorithm: AeadAlgorithm
  readonly key: string
  readonly nonce: string
  readonly additionalData: string
  readonly plaintext: string
  readonly sealed: string
}

const GCM_PLAINTEXT = `d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
  1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39`

/** Test cases 4 and 16 of the GCM specification (McGrew and Viega), and RFC 8439 §2.8.2. */
const KNOWN_ANSWERS: readonly KnownAnswer[] = [
  {
    algorithm: 'aes-128-gcm',
    key: 'feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    additionalData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plaintext: GCM_PLAINTEXT,
    sealed: `42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
      21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47`,
  },
  {
    algorithm: 'aes-256-gcm',
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    additionalData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plaintext: GCM_PLAINTEXT,
    sealed: `522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
      8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b`,
  },
  {
    algorithm: 'chacha20-poly1305',
    key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
    nonce: '070000004041424344454647',
    additionalData: '50515253c0c1c2c3c4c5c6c7',
    plaintext: `4c616469657320616e642047656e746c656d656e206f662074686520636c6173
      73206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c
      2073756e73637265656e20776f756c642062652069742e`,
    sealed: `d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
      3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58
      fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691`,
  },
]

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Seals and opens known answers, twice with each context, and a forgery. Throws where one comes out wrong. */
export function testAead(make: (algorithm: AeadAlgorithm, key: Uint8Array) => Aead): void {
  for (const { algorithm, ...texts } of KNOWN_ANSWERS) {
    const aead = make(algorithm, bytesOf(texts.key))
    const [nonce, additionalData] = [bytesOf(texts.nonce), bytesOf(texts.additionalData)]
    const [plaintext, sealed] = [bytesOf(texts.plaintext), bytesOf(texts.sealed)]
    const forged = sealed.map((byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte))
    const isRight =
      isSame(aead.seal(nonce, additionalData, plaintext), sealed) &&
      isSame(aead.open(nonce, additionalData, sealed), plaintext) &&
      aead.open(nonce, additionalData, forged) === undefined &&
      isSame(aead.open(nonce, additionalData, sealed), plaintext) &&
      isSame(aead.seal(nonce, additionalData, plaintext), sealed)
    aead.release()
    if (!isRight) throw new Error(`${algorithm} has wrong answers`)
  }
}

type MakeRecordAead = (algorithm: AeadAlgorithm, key: Uint8Array, fixedIv: Uint8Array) => RecordAead
const NUMBER_BYTES = 8
const TAG_BYTES = 16
const LENGTH_AT = 11

/**
 * Compares fragments of records with what an AEAD that has the known answers makes of the same: numbers one after the other, one
 * that is far ahead, one that carries, and one without a plaintext; then forgeries. Throws where anything is not the same.
 */
export function testRecordAead(makeRecords: MakeRecordAead, makeAead: (key: Uint8Array) => Aead): void {
  const { algorithm, ...texts } = KNOWN_ANSWERS[0]!
  const [key, fixedIv] = [bytesOf(texts.key), bytesOf(texts.nonce).subarray(0, 4)]
  const records = makeRecords(algorithm, key, fixedIv)
  const aead = makeAead(key)
  const plaintext = bytesOf(texts.plaintext)
  const isRight = ['0001000000000000', '0001000000000001', '00010000ffffffff', '0001000100000000', '0001000100000001']
    .map((number, index) => ({ number: bytesOf(number), text: index === 2 ? new Uint8Array(0) : plaintext }))
    .every(({ number, text }) => isSameRecord(records, aead, fixedIv, number, text))
  records.release()
  aead.release()
  if (!isRight) throw new Error(`records of ${algorithm} come out wrong`)
}

function isSameRecord(
  records: RecordAead,
  aead: Aead,
  fixedIv: Uint8Array,
  number: Uint8Array,
  plaintext: Uint8Array,
): boolean {
  const additionalData = Uint8Array.of(...number, 23, 0xfe, 0xfd, 0, plaintext.length)
  const sealed = aead.seal(Uint8Array.of(...fixedIv, ...number), additionalData, plaintext)
  const expected = Uint8Array.of(...number, ...sealed)
  const length = plaintext.length + NUMBER_BYTES + TAG_BYTES
  const memory = new Uint8Array(length + 2)
  memory.set(plaintext, 1 + NUMBER_BYTES)
  records.sealInPlace(additionalData, memory, 1, plaintext.length)
  const forged = expected.map((byte, index) => (index === length - 1 ? byte ^ 1 : byte))
  const otherData = additionalData.map((byte, index) => (index < LENGTH_AT ? byte ^ 1 : byte))
  return (
    isSame(memory.subarray(1, 1 + length), expected) &&
    isSame(records.open(additionalData, expected, 0, length), plaintext) &&
    records.open(additionalData, forged, 0, length) === undefined &&
    records.open(otherData, expected, 0, length) === undefined &&
    isSame(records.open(additionalData, memory, 1, length), plaintext)
  )
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, index) => byte === b[index])
}
