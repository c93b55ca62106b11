import './ui/base.css'

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { App } from './app'
import { createCall } from './call'
import { initI18n } from './i18n'

async function main() {
  const root = document.getElementById('root')
  if (!root) throw new Error('the page has no #root')
  await initI18n()
  const call = createCall()
  window.addEventListener('pagehide', (event) => {
    // A page kept for the back button may come back: its socket resumes then.
    if (!event.persisted) call.close()
  })
  createRoot(root).render(
    <StrictMode>
      <App call={call} path={window.location.pathname} />
    </StrictMode>,
  )
}

void main()
