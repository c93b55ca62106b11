/** Looks for an address in what reached somebody: packets as they are and as STUN hides them, and texts. */

const COOKIE = 0x2112a442
const ETHERNET = 14

/**
 * Where the addresses occur in a capture (pcap of an Ethernet device): as source or destination of a packet, as text,
 * or within a STUN message, plain or XORed with the magic cookie (RFC 8489, 14.2). Elsewhere four bytes mean nothing.
 *
 * @param {Buffer} pcap
 * @param {string[]} addresses IPv4
 */
export function tracesInPackets(pcap, addresses) {
  const traces = new Map()
  let packets = 0
  for (let at = 24; at + 16 <= pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8)
    const packet = pcap.subarray(at + 16, at + 16 + length)
    at += 16 + length
    packets++
    for (const address of addresses) {
      for (const where of placesInPacket(packet, address)) {
        const trace = `${address} ${where}`
        traces.set(trace, (traces.get(trace) ?? 0) + 1)
      }
    }
  }
  return { packets, found: Array.from(traces, ([trace, count]) => `${trace}, ${count} times`) }
}

function placesInPacket(packet, address) {
  const places = []
  const plain = Buffer.from(address.split('.').map(Number))
  if (packet.readUInt16BE(12) !== 0x0800) return places
  if (packet.subarray(ETHERNET + 12, ETHERNET + 16).equals(plain)) places.push('sends a packet')
  if (packet.subarray(ETHERNET + 16, ETHERNET + 20).equals(plain)) places.push('is sent a packet')
  const payload = packet.subarray(ETHERNET + 4 * (packet[ETHERNET] & 15))
  if (payload.includes(address)) places.push('is written in a packet')
  const cookie = Buffer.alloc(4)
  cookie.writeUInt32BE(COOKIE)
  if (payload.includes(cookie)) {
    const hidden = Buffer.from(plain.map((byte, i) => byte ^ cookie[i]))
    if (payload.includes(plain) || payload.includes(hidden)) places.push('is in a STUN message')
  }
  return places
}

/** The texts that contain one of the addresses, shortened. */
export function tracesInTexts(texts, addresses) {
  return texts.flatMap((text) => addresses.filter((address) => text.includes(address)).map((address) => {
    const at = text.indexOf(address)
    return `${address} in "${text.slice(Math.max(at - 60, 0), at + address.length + 20)}"`
  }))
}

/** Runs in the page: all that getStats says of all connections, as text. */
export async function readStatsText() {
  const all = []
  for (const peer of globalThis.omezlePeers ?? []) {
    all.push(...(await peer.getStats().then((stats) => stats.values())))
    for (const description of [peer.localDescription, peer.remoteDescription]) if (description !== null) all.push(description.sdp)
  }
  return all.map((entry) => JSON.stringify(entry))
}
