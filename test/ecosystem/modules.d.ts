/** Packages without types of their own: what the tests use of them. */
declare module 'simple-peer/simplepeer.min.js' {
  export { default } from 'simple-peer'
}

declare module '@thaunknown/simple-peer' {
  export { default } from 'simple-peer'
}
