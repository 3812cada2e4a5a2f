/** One connection at one peer, wherever that peer lives: what the tests hold. */
import type {
  AgentCommand,
  AgentEvent,
  ChannelView,
  CommandMap,
  CommandName,
  ConnectionView,
  Creation,
  PairView,
} from './agent-protocol.js'
import { PeerLog } from './peer-log.js'
import type { MessageRecipe } from './payload.js'
import type { Candidate, ChannelOptions, Description } from './w3c-subset.js'

/** The way to an agent: in this process, in a child process or in a page. */
export interface Transport {
  run(command: AgentCommand): Promise<unknown>
  dispose(): Promise<void>
}

export interface TransportEvents {
  event(event: AgentEvent): void
  /** The peer went away by itself. */
  gone(reason: Error): void
}

/** A launched peer. It holds any number of connections, and is shared by the tests of a file. */
export class Host {
  readonly name: string
  #transport: Transport | undefined
  readonly #logs = new Map<number, PeerLog>()
  #connections = 0
  gone: Error | undefined

  private constructor(name: string) {
    this.name = name
  }

  static async launch(name: string, connect: (events: TransportEvents) => Promise<Transport>): Promise<Host> {
    const host = new Host(name)
    host.#transport = await connect({
      event: (event) => host.#logs.get(event.connection)?.add(event),
      gone: (reason) => {
        host.gone = reason
        for (const log of host.#logs.values()) log.end(reason)
      },
    })
    return host
  }

  async connection(role: string, creation: Creation = {}): Promise<RemotePeer> {
    const number = this.#connections++
    const log = new PeerLog(`${role} (${this.name})`)
    this.#logs.set(number, log)
    const peer = new RemotePeer(
      log,
      async (name, given) => await this.#run({ connection: number, name, arguments: given }),
    )
    await peer.create(creation)
    return peer
  }

  async #run(command: AgentCommand): Promise<unknown> {
    if (this.gone !== undefined) throw this.gone
    try {
      return await this.#transport!.run(command)
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      throw new Error(`${this.name}: ${command.name}: ${reason}`, { cause: error })
    }
  }

  async dispose(): Promise<void> {
    await this.#transport?.dispose()
  }
}

export class RemotePeer {
  readonly log: PeerLog
  readonly #run: (name: CommandName, given: unknown) => Promise<unknown>

  constructor(log: PeerLog, run: (name: CommandName, given: unknown) => Promise<unknown>) {
    this.log = log
    this.#run = run
  }

  async #call<Name extends CommandName>(
    name: Name,
    given: CommandMap[Name]['arguments'],
  ): Promise<CommandMap[Name]['result']> {
    return (await this.#run(name, given)) as CommandMap[Name]['result']
  }

  async create(creation: Creation): Promise<void> {
    await this.#call('create', creation)
  }

  async offer(gatherAll: boolean, iceRestart = false): Promise<Description> {
    return await this.#call('offer', { gatherAll, iceRestart })
  }

  async answer(offer: Description, gatherAll: boolean): Promise<Description> {
    return await this.#call('answer', { offer, gatherAll })
  }

  async applyAnswer(answer: Description): Promise<void> {
    await this.#call('applyAnswer', { answer })
  }

  async addCandidate(candidate: Candidate | null): Promise<void> {
    await this.#call('addCandidate', { candidate })
  }

  async rollback(): Promise<void> {
    await this.#call('rollback', {})
  }

  async addTransceiver(kind: 'audio' | 'video'): Promise<void> {
    await this.#call('addTransceiver', { kind })
  }

  async stopTransceivers(): Promise<void> {
    await this.#call('stopTransceivers', {})
  }

  async createChannel(label: string, options: ChannelOptions = {}): Promise<void> {
    await this.#call('createChannel', { label, options })
  }

  async send(label: string, messages: MessageRecipe[], thenClose?: 'channel' | 'connection'): Promise<void> {
    await this.#call('send', { label, messages, ...(thenClose === undefined ? {} : { thenClose }) })
  }

  async closeOnMessage(label: string): Promise<void> {
    await this.#call('closeOnMessage', { label })
  }

  async closeChannel(label: string): Promise<void> {
    await this.#call('closeChannel', { label })
  }

  async closeConnection(): Promise<void> {
    await this.#call('closeConnection', {})
  }

  async connectionView(): Promise<ConnectionView> {
    return await this.#call('connectionView', {})
  }

  async usernameFragment(): Promise<string | null> {
    return await this.#call('usernameFragment', {})
  }

  async selectedPair(): Promise<PairView | null> {
    return await this.#call('selectedPair', {})
  }

  async channelView(label: string): Promise<ChannelView> {
    return await this.#call('channelView', { label })
  }
}
