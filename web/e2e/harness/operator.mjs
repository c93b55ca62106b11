/** The operator of a node: the policy in force, and the calls that are live. */

/** Any words will do: each node of a scenario is told the same. */
export const operatorToken = 'only for the operator of these tests, and only today'

export class Operator {
  /** @param {string} origin of any node that has the token, see operatorToken */
  constructor(origin) {
    this.origin = origin
  }

  /** The calls that are live. */
  async calls() {
    const { body } = await this.ask('GET', 'calls')
    return body.calls
  }

  /** Has one call take a way from now on. */
  async route(pair, route, forced = false) {
    await this.ask('PUT', `calls/${pair}/route`, { route, forced })
  }

  /** Puts a policy without rules into force: all calls go that way. */
  async everyCall(otherwise) {
    const { tag } = await this.ask('GET', 'policy')
    await this.ask('PUT', 'policy', { policy: { format: 1, rules: [], otherwise }, note: 'the test says so' }, { 'If-Match': tag })
  }

  async ask(method, path, body, headers = {}) {
    const answer = await fetch(`${this.origin}/api/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${operatorToken}`, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the node answers ${method} ${path} with ${answer.status}: ${text.slice(0, 300)}`)
    return { body: text === '' ? null : JSON.parse(text), tag: answer.headers.get('ETag') ?? '' }
  }
}
