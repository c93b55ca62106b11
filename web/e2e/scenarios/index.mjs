/** Every scenario, in the order they run: what two strangers do first comes first. */
import { axe } from './axe.mjs'
import { devices } from './devices.mjs'
import { firefox } from './firefox.mjs'
import { guarded } from './guards.mjs'
import { keys } from './keyboard.mjs'
import { look } from './look.mjs'
import { meeting } from './meeting.mjs'
import { nodes } from './nodes.mjs'
import { parting } from './parting.mjs'
import { police } from './police.mjs'
import { preflight } from './preflight.mjs'
import { presence } from './presence.mjs'
import { route } from './route.mjs'
import { shapes } from './shapes.mjs'

export const scenarios = [...guarded, ...meeting, ...parting, ...route, ...look, ...police, ...devices, ...presence, ...firefox, ...nodes, ...keys, ...shapes, ...preflight, ...axe]
