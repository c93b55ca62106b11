/** What the page may use of the call logic. */
export type { Call, CallActions, ReportOptions, SendResult, StartOptions, Streams } from './call'
export type * from './state'
