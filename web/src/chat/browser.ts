/** The families of browsers whose way to allow a camera differs. */
export type BrowserFamily = 'chromium' | 'firefox' | 'safari' | 'ios' | 'other'

/** Which words explain where permissions are kept. Only for wording: what a browser can do is asked of the browser. */
export function browserFamily(userAgent: string, touchPoints = 0): BrowserFamily {
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return 'ios'
  if (/Firefox\//.test(userAgent)) return 'firefox'
  if (/Chrom(e|ium)\/|Edg\//.test(userAgent)) return 'chromium'
  if (/Safari\//.test(userAgent)) return 'safari'
  return 'other'
}

/** Whether sound and picture are possible at all; if not, the page offers text only. */
export function canCall(): boolean {
  return typeof RTCPeerConnection === 'function'
}
