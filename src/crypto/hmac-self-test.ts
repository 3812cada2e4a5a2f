interface KnownTag {
  readonly key: Uint8Array
  readonly message: Uint8Array
  readonly tag: string
}

const repeated = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte)
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** RFC 2202 §3: all seven cases. */
export const KNOWN_HMAC_SHA1: readonly KnownTag[] = [
  { key: repeated(0x0b, 20), message: ascii('Hi There'), tag: 'b617318655057264e28bc0b6fb378c8ef146be00' },
  {
    key: ascii('Jefe'),
    message: ascii('what do ya want for nothing?'),
    tag: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  },
  { key: repeated(0xaa, 20), message: repeated(0xdd, 50), tag: '125d7342b9ac11cd91a39af48aa17b4f63f175d3' },
  {
    key: Uint8Array.from({ length: 25 }, (_, i) => i + 1),
    message: repeated(0xcd, 50),
    tag: '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  },
  { key: repeated(0x0c, 20), message: ascii('Test With Truncation'), tag: '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04' },
  {
    key: repeated(0xaa, 80),
    message: ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    tag: 'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  },
  {
    key: repeated(0xaa, 80),
    message: ascii('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    tag: 'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  },
]

type TagOf = (key: Uint8Array, message: Uint8Array) => Uint8Array | undefined

/** Makes the known tags, twice and one after the other, so that none is left over from the one before. Throws at a wrong one. */
export function testHmac(known: readonly KnownTag[], tagOf: TagOf): void {
  for (const { key, message, tag } of [...known, ...known]) {
    const made = Array.from(tagOf(key, message) ?? [], (byte) => byte.toString(16).padStart(2, '0'))
    if (made.join('') !== tag) throw new Error('HMAC has wrong answers')
  }
}

/** RFC 4231 §4.2 and §4.3: two of its cases. */
export const KNOWN_HMAC_SHA2: Readonly<Record<'sha256' | 'sha384', readonly KnownTag[]>> = {
  sha256: [
    {
      key: repeated(0x0b, 20),
      message: ascii('Hi There'),
      tag: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    },
    {
      key: ascii('Jefe'),
      message: ascii('what do ya want for nothing?'),
      tag: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    },
  ],
  sha384: [
    {
      key: repeated(0x0b, 20),
      message: ascii('Hi There'),
      tag: 'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
    },
    {
      key: ascii('Jefe'),
      message: ascii('what do ya want for nothing?'),
      tag: 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    },
  ],
}
