import { useState } from 'react'

import { browserTries, Check } from '../../check'
import { CheckPage } from './check-page'

/** The page with the browser we run in behind it. */
export function BrowserCheck() {
  const [env] = useState(browserTries)
  const [check] = useState(() => new Check(env))
  return <CheckPage check={check} userAgent={env.userAgent} />
}
