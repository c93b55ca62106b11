import { useEffect, useRef } from 'react'

import { useCall } from './use-call'

/** The own camera, mirrored, as people know themselves. */
export function LocalVideo({ className, label, testId }: { readonly className: string; readonly label: string; readonly testId?: string }) {
  const call = useCall()
  const ref = useRef<HTMLVideoElement>(null)
  useEffect(() => (ref.current ? call.attachLocal(ref.current) : undefined), [call])
  return <video ref={ref} muted autoPlay playsInline aria-label={label} data-testid={testId} className={`-scale-x-100 ${className}`} />
}
