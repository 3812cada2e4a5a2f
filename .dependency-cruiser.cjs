/** The arrows of docs/architecture.md: down only, no cycles, no siblings. */
const may = {
  core: [],
  ffi: ['core'],
  crypto: ['core', 'ffi'],
  stun: ['core', 'crypto/types'],
  ice: ['stun', 'core', 'crypto/types'],
  turn: ['stun', 'core', 'crypto/types'],
  dtls: ['core', 'crypto/types'],
  sctp: ['core', 'crypto/types'],
  datachannel: ['sctp', 'core'],
  rtp: ['core', 'crypto/types'],
  srtp: ['core', 'crypto/types'],
  sdp: ['core', 'crypto/types'],
  jsep: ['sdp', 'core', 'crypto/types'],
  peer: ['core', 'crypto/types', 'stun', 'ice', 'turn', 'dtls', 'sctp', 'datachannel', 'rtp', 'srtp', 'sdp', 'jsep'],
  node: ['peer', 'core', 'crypto', 'ffi', 'ice', 'stun/nat-behavior'],
  w3c: ['node', 'peer', 'core', 'crypto/types', 'ice', 'dtls', 'datachannel', 'jsep', 'sdp'],
  cli: ['index'],
}
const pattern = (target) => (target === 'index' ? '^src/index[.]ts$' : `^src/${target}(/|[.]ts$)`)

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-dependencies', severity: 'error', from: { path: '^src' }, to: { couldNotResolve: true } },
    {
      name: 'protocols-know-no-runtime',
      severity: 'error',
      from: {
        path: '^src/(core|stun|ice|turn|dtls|sctp|datachannel|rtp|srtp|sdp|jsep|peer)/|^src/crypto/types',
        pathNot: '[.]test(-support)?[.]ts$',
      },
      to: { pathNot: '^src/' },
    },
    ...Object.entries(may).map(([room, targets]) => ({
      name: `${room}-imports`,
      severity: 'error',
      from: { path: `^src/${room}/`, pathNot: '[.]test(-support)?[.]ts$' },
      to: { path: '^src/', pathNot: [`^src/${room}/`, ...targets.map(pattern)] },
    })),
    {
      name: 'no-dev-dependencies-in-the-package',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test(-support)?[.]ts$|^src/cli/(?!doctor/)' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
}
