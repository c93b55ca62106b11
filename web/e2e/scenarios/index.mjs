/** Every scenario, in the order they run: what two strangers do first comes first. */
import { meeting } from './meeting.mjs'

export const scenarios = [...meeting]
