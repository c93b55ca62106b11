/** Every scenario, in the order they run: what two strangers do first comes first. */
import { devices } from './devices.mjs'
import { firefox } from './firefox.mjs'
import { meeting } from './meeting.mjs'
import { parting } from './parting.mjs'

export const scenarios = [...meeting, ...parting, ...devices, ...firefox]
