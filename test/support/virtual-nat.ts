import type { TransportAddress } from '../../src/ice/types.js'
import { VirtualIo } from './virtual-io.js'
import type { HostOptions } from './virtual-io.js'
import type { Destination, Surroundings, Uplink } from './virtual-topology.js'

/** What mapping and filtering depend on, in the words of RFC 4787 §4.1 and §5. */
export type NatDependence = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

export interface NatOptions {
  readonly publicAddress: string
  /** `address-and-port-dependent` is what is called symmetric. */
  readonly mapping?: NatDependence
  readonly filtering?: NatDependence
}

interface Mapping {
  readonly inside: TransportAddress
  readonly publicPort: number
  /** Where it has sent to: a whole endpoint or an address, as the filtering wants it. */
  readonly permitted: Set<string>
}

const FIRST_PUBLIC_PORT = 20_000

/** A NAT between some hosts and the public network. Hosts behind it reach each other directly; it hairpins. */
export class VirtualNat implements Uplink, Destination {
  readonly #network: Surroundings
  readonly #options: Required<NatOptions>
  readonly #hosts = new Map<string, VirtualIo>()
  readonly #byInside = new Map<string, Mapping>()
  readonly #byPublicPort = new Map<number, Mapping>()
  readonly #inside: Destination
  #nextPublicPort = FIRST_PUBLIC_PORT

  constructor(network: Surroundings, options: NatOptions) {
    this.#network = network
    this.#options = { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent', ...options }
    this.#inside = {
      deliver: (to, from, data) => this.#hosts.get(to.address)?.deliver(to, from, data) ?? false,
      listenerAt: (to) => this.#hosts.get(to.address)?.listenerAt(to),
      refusesDatagrams: (to) => this.#hosts.get(to.address)?.refusesDatagrams(to) ?? false,
    }
  }

  /** A host behind this NAT, with private addresses. */
  host(options: HostOptions): VirtualIo {
    const host = new VirtualIo(this.#network, this, options)
    for (const address of options.addresses) this.#hosts.set(address, host)
    return host
  }

  /** Forgets all mappings, as a NAT that restarts. */
  reboot(): void {
    this.#byInside.clear()
    this.#byPublicPort.clear()
  }

  route(from: TransportAddress, to: TransportAddress): { route: Destination; from: TransportAddress } {
    if (this.#hosts.has(to.address)) return { route: this.#inside, from }
    const { mapping: dependence, filtering, publicAddress } = this.#options
    const key = `${from.address} ${from.port} ${dependentPart(dependence, to)}`
    const mapping = this.#byInside.get(key) ?? this.#map(key, from)
    mapping.permitted.add(dependentPart(filtering, to))
    return { route: this.#network, from: { address: publicAddress, port: mapping.publicPort } }
  }

  deliver(to: TransportAddress, from: TransportAddress, data: Uint8Array): boolean {
    const mapping = this.#byPublicPort.get(to.port)
    if (mapping?.permitted.has(dependentPart(this.#options.filtering, from)) !== true) return false
    return this.#inside.deliver(mapping.inside, from, data)
  }

  /** Nobody inside is reached by a stream. */
  listenerAt(): undefined {
    return undefined
  }

  refusesDatagrams(): boolean {
    return false
  }

  #map(key: string, inside: TransportAddress): Mapping {
    const mapping: Mapping = { inside, publicPort: this.#nextPublicPort++, permitted: new Set() }
    this.#byInside.set(key, mapping)
    this.#byPublicPort.set(mapping.publicPort, mapping)
    return mapping
  }
}

function dependentPart(dependence: NatDependence, { address, port }: TransportAddress): string {
  if (dependence === 'endpoint-independent') return ''
  return dependence === 'address-dependent' ? address : `${address} ${port}`
}
