/** What the page may use of the call logic. */
import type { Call } from './call'
import { Engine } from './engine'
import { browserEnvironment } from './environment'

export type { Call, CallActions, ReportOptions, SendResult, StartOptions, Streams } from './call'
export type * from './state'

/** The one Call of this page. */
export function createCall(): Call {
  return new Engine(browserEnvironment())
}
