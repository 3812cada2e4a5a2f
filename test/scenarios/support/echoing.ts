import type { RTCPeerConnection } from '../../../src/index.js'

/** The client sends a word, which the server sends back with an exclamation mark. Yields what the client hears. */
export function echoing(client: RTCPeerConnection, server: RTCPeerConnection, word: string): string[] {
  const heard: string[] = []
  server.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(`${String(data)}!`)
  }
  const channel = client.createDataChannel('echo')
  channel.onopen = () => channel.send(word)
  channel.onmessage = ({ data }) => heard.push(String(data))
  return heard
}
