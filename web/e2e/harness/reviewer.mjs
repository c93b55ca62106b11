/** A reviewer of a node: the flags, and what was kept with them. */

/** Any words will do: each node of a scenario is told the same. */
export const reviewerToken = 'only for the reviewer of these tests, and only today'

export class Reviewer {
  /** @param {string} origin of any node that has the token, see reviewerToken */
  constructor(origin) {
    this.origin = origin
  }

  /** The flags there are. */
  async flags() {
    return (await this.ask('GET', 'flags')).json().then(({ flags }) => flags)
  }

  /** Everything about one: scores, timeline, evidence. */
  async flag(id) {
    return (await this.ask('GET', `flags/${id}`)).json()
  }

  async claim(id) {
    return (await this.ask('POST', `flags/${id}/claim`, {})).json()
  }

  /** An item as it was kept; it is noted who looked. */
  async reveal(id) {
    return Buffer.from(await (await this.ask('POST', `evidence/${id}/reveal`, {})).arrayBuffer())
  }

  /** @param {{ version: number, outcome: 'dismiss' | 'confirm' }} decision */
  async decide(id, decision) {
    await this.ask('POST', `flags/${id}/decide`, decision)
  }

  async ask(method, path, body) {
    const answer = await fetch(`${this.origin}/api/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${reviewerToken}`, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    })
    if (!answer.ok) throw new Error(`the node answers ${method} ${path} with ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
    return answer
  }
}
