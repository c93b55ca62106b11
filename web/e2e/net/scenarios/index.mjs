/** Every scenario of the network laboratory, in the order they run. */
import { firewalls } from './firewall.mjs'
import { hide } from './hidden.mjs'
import { lines } from './lines.mjs'
import { nats } from './nats.mjs'
import { nodes } from './nodes.mjs'

export const scenarios = [...firewalls, ...nats, ...lines, ...nodes, ...hide]
