import type { Clock } from '../call/clock'
import { type Candidate, parseCandidate } from './nat'

export interface Gathered {
  readonly candidates: readonly Candidate[]
  /** STUN error codes; 701 is the browser's own for no answer. */
  readonly errors: readonly number[]
  /** The browser said that there are no more. */
  readonly complete: boolean
}

interface GatherOptions {
  readonly clock: Clock
  readonly connection: RTCPeerConnection
  readonly within: number
  /** Ends the wait before the browser has tried everything. */
  readonly enough: (candidate: Candidate) => boolean
}

/** Lets a connection that is used for nothing else look for candidates, and closes it. */
export async function gather({ clock, connection, within, enough }: GatherOptions): Promise<Gathered> {
  const candidates: Candidate[] = []
  const errors: number[] = []
  try {
    const complete = await new Promise<boolean>((resolve, reject) => {
      const cancel = clock.after(within, () => resolve(false))
      const done = (all: boolean) => {
        cancel()
        resolve(all)
      }
      connection.onicecandidate = ({ candidate }) => {
        if (candidate === null) return done(true)
        const parsed = parseCandidate(candidate.candidate)
        if (parsed === null) return
        candidates.push(parsed)
        if (enough(parsed)) done(false)
      }
      connection.onicecandidateerror = ({ errorCode }) => void errors.push(errorCode)
      connection.createDataChannel('check')
      connection.setLocalDescription().catch((err: unknown) => {
        cancel()
        reject(err)
      })
    })
    return { candidates, errors, complete }
  } finally {
    connection.close()
  }
}
