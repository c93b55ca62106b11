/** Which way a call goes, read from getStats (W3C webrtc-stats). */
import { until } from '../../harness/until.mjs'

/**
 * Runs in the page: the way that the newest connected RTCPeerConnection takes: candidate types of both ends, and how we
 * speak to the relay or to the other end. Null without one.
 */
export async function readWay() {
  const peer = (globalThis.omezlePeers ?? []).findLast((candidate) => candidate.connectionState === 'connected')
  if (peer === undefined) return null
  const stats = [...(await peer.getStats()).values()]
  const transport = stats.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId !== undefined)
  // Firefox marks the pair itself.
  const pair = stats.find(({ type, id, selected }) => type === 'candidate-pair' && (transport === undefined ? selected === true : id === transport.selectedCandidatePairId))
  const local = stats.find(({ id }) => id === pair?.localCandidateId)
  const remote = stats.find(({ id }) => id === pair?.remoteCandidateId)
  if (local === undefined || remote === undefined) return null
  return { local: local.candidateType, remote: remote.candidateType, at: `${remote.address}:${remote.port}`, protocol: local.candidateType === 'relay' ? local.relayProtocol : local.protocol }
}

/** Runs in the page: every candidate pair of every connection, for a person to read. */
export async function readPairs() {
  const lines = []
  for (const [number, peer] of (globalThis.omezlePeers ?? []).entries()) {
    lines.push(`connection ${number + 1} is ${peer.connectionState}, ICE ${peer.iceConnectionState}, gathering ${peer.iceGatheringState}`)
    const stats = new Map((await peer.getStats()).entries())
    const describe = (candidate) => candidate && `${candidate.candidateType} ${candidate.relayProtocol ?? candidate.protocol} ${candidate.address ?? candidate.ip}:${candidate.port}`
    for (const entry of stats.values()) {
      if (entry.type === 'local-candidate') lines.push(`  own candidate: ${describe(entry)}`)
      if (entry.type !== 'candidate-pair') continue
      const [local, remote] = [stats.get(entry.localCandidateId), stats.get(entry.remoteCandidateId)]
      lines.push(`  pair ${entry.state}${entry.nominated ? ', nominated' : ''}: ${describe(local)} - ${describe(remote)}, ${entry.requestsSent} checks, ${entry.responsesReceived} answered`)
    }
  }
  return lines
}

/** Runs in the page: what the encoder is asked for and what it sent so far. */
export async function readSending() {
  const peer = (globalThis.omezlePeers ?? []).findLast((candidate) => candidate.connectionState === 'connected')
  if (peer === undefined) return null
  const sent = [...(await peer.getStats()).values()].find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
  return sent === undefined ? null : { at: sent.timestamp, bytes: sent.bytesSent, target: sent.targetBitrate ?? null, width: sent.frameWidth, height: sent.frameHeight, fps: sent.framesPerSecond }
}

/** Waits for the way that a visitor's call takes. */
export function way(visitor) {
  return until(`${visitor.name} has a way`, () => visitor.page.evaluate(readWay), { within: 10_000 })
}

/** "relay (tls) to relay 203.0.113.1:50000" */
export function told({ local, protocol, remote, at }) {
  return `${local} (${protocol}) to ${remote} ${at}`
}
