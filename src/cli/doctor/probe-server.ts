import { RTCPeerConnection, type RTCIceCandidate } from '../../index.js'
import type { ProbeTarget } from './ice-server.js'
import { printable } from './printable.js'
import type { AddressAndPort, ServerFailure, ServerReport } from './report.js'

export interface Credentials {
  readonly username: string | undefined
  readonly credential: string | undefined
}

/** W3C RTCPeerConnectionIceErrorEvent: the server could not be reached. */
const UNREACHABLE = 701

interface Outcome {
  readonly candidate: RTCIceCandidate | undefined
  readonly error: ServerFailure | undefined
  readonly millis: number
}

/**
 * Asks one server as a connection would: for the address that it sees, or for an allocation, which is given back when the connection
 * closes. A STUN server that sees the address that we have makes no candidate: then there is neither that nor an error.
 */
export async function probeServer(
  target: ProbeTarget,
  credentials: Credentials,
  timeoutMillis: number,
): Promise<ServerReport> {
  const connection = connectionTo(target, credentials)
  try {
    return reportOf(target, credentials, await outcomeOf(connection, target, timeoutMillis))
  } finally {
    await connection[Symbol.asyncDispose]()
  }
}

/** @throws DOMException as the constructor does for a malformed URL */
export function connectionTo(
  { url, isLoopback }: ProbeTarget,
  { username, credential }: Credentials,
): RTCPeerConnection {
  const authentication = username === undefined || credential === undefined ? {} : { username, credential }
  return new RTCPeerConnection({
    iceServers: [{ urls: url, ...authentication }],
    tincan: { includeLoopback: isLoopback },
  })
}

function outcomeOf(connection: RTCPeerConnection, { url, kind }: ProbeTarget, timeoutMillis: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let startedAt = performance.now()
    let error: ServerFailure | undefined
    const settle = (candidate?: RTCIceCandidate): void => {
      clearTimeout(timer)
      resolve({ candidate, error, millis: performance.now() - startedAt })
    }
    const timer = setTimeout(() => {
      error ??= { code: UNREACHABLE, text: `No answer in ${timeoutMillis / 1000} s.` }
      settle()
    }, timeoutMillis)
    connection.onicecandidate = ({ candidate }) => {
      if (candidate?.url === url && candidate.type === (kind === 'turn' ? 'relay' : 'srflx')) settle(candidate)
    }
    connection.onicecandidateerror = ({ errorCode, errorText }) => {
      // Of several, what the server itself said tells more than that it could not be reached another way.
      if (error === undefined || error.code === UNREACHABLE) error = { code: errorCode, text: errorText }
    }
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState === 'gathering') startedAt = performance.now()
      else if (connection.iceGatheringState === 'complete') settle()
    }
    connection.createDataChannel('')
    connection.setLocalDescription().catch(reject)
  })
}

function reportOf(
  { url, isNamed, kind, transport }: ProbeTarget,
  { credential }: Credentials,
  { candidate, error, millis }: Outcome,
): ServerReport {
  const seen = addressOf(candidate?.address, candidate?.port)
  const failure = candidate === undefined ? error : undefined
  return {
    ...{ url, isNamed, kind, transport },
    hasAnswered: candidate !== undefined,
    millis: Math.round(millis * 10) / 10,
    mapped: kind === 'turn' ? addressOf(candidate?.relatedAddress, candidate?.relatedPort) : seen,
    relayed: kind === 'turn' ? seen : null,
    error: failure === undefined ? null : { code: failure.code, text: printable(failure.text, credential) },
  }
}

function addressOf(address: string | null | undefined, port: number | null | undefined): AddressAndPort | null {
  return address === null || address === undefined || port === null || port === undefined ? null : { address, port }
}
