import { describe, expect, test } from 'vitest'

import { type Candidate, keepProtocol, natOf, parseCandidate, seenAddresses, withoutCandidates } from './nat'
import { hostCandidate, mapped, relayCandidate } from './testing/fake-network'

const read = (...lines: string[]) => lines.map((line) => parseCandidate(line)).filter((one): one is Candidate => one !== null)

describe('a candidate', () => {
  test('is read with or without its mark', () => {
    const want = { foundation: '9', protocol: 'udp', address: '203.0.113.9', port: 50000, kind: 'relay' }
    expect(parseCandidate(relayCandidate)).toEqual(want)
    expect(parseCandidate(`a=${relayCandidate}`)).toEqual(want)
  })

  test.each(['', 'candidate:', 'candidate:1 1 udp 1 1.2.3.4', 'v=0', 'candidate:1 1 udp 1 1.2.3.4 5 kind host'])('is not %j', (text) => {
    expect(parseCandidate(text)).toBeNull()
  })
})

describe('what the network does to addresses', () => {
  test('the same place for two servers is told once', () => {
    expect(natOf(read(hostCandidate, mapped(1000)), 2, true)).toBe('same')
  })

  test('two places of one socket are a network that changes', () => {
    expect(natOf(read(mapped(1000), mapped(1001)), 2, true)).toBe('changing')
  })

  test('two sockets may be at two places', () => {
    expect(natOf(read(mapped(1000, '5'), mapped(1001, '6')), 2, true)).toBe('same')
  })

  test('one server cannot tell, nor two of which one is silent, nor none', () => {
    expect(natOf(read(mapped(1000)), 1, true)).toBe('unknown')
    expect(natOf(read(mapped(1000)), 2, false)).toBe('unknown')
    expect(natOf(read(hostCandidate), 2, true)).toBe('unknown')
  })

  test('an address is shown once, and only what servers saw', () => {
    expect(seenAddresses(read(hostCandidate, relayCandidate, mapped(1), mapped(2, '6')))).toEqual(['198.51.100.7'])
  })
})

test('a description keeps the candidates of one protocol and everything else', () => {
  const sdp = 'v=0\r\na=candidate:1 1 udp 9 203.0.113.9 7000 typ host\r\na=candidate:2 1 TCP 8 203.0.113.9 443 typ host tcptype passive\r\na=end-of-candidates\r\n'
  expect(keepProtocol(sdp, 'tcp')).toEqual({ sdp: 'v=0\r\na=candidate:2 1 TCP 8 203.0.113.9 443 typ host tcptype passive\r\na=end-of-candidates\r\n', count: 1 })
  expect(keepProtocol('v=0\r\n', 'udp')).toEqual({ sdp: 'v=0\r\n', count: 0 })
})

test('a description without candidates names no way at all', () => {
  expect(withoutCandidates('v=0\r\na=candidate:1 1 udp 9 10.0.0.1 7000 typ host\r\na=mid:0\r\na=candidate:2 1 tcp 8 10.0.0.1 9 typ host\r\n')).toBe('v=0\r\na=mid:0\r\n')
})
