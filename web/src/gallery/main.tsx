import '../ui/base.css'

import { createRoot } from 'react-dom/client'

import { App } from '../app'
import { WatchContext } from '../chat/talk/use-look'
import { initI18n, pickLocale } from '../i18n'
import { setTheme } from '../ui/theme'
import { fakeCall } from './fake-call'
import { fakeWatch } from './fake-watch'
import { pretendCamera } from './picture'
import { scenes } from './states'

// Only the development server serves this page: /gallery.html?scene=talking&theme=dark&locale=ar&portrait
async function main() {
  const query = new URLSearchParams(window.location.search)
  const root = document.getElementById('root')
  if (!root) return
  const scene = scenes[query.get('scene') ?? '']
  const theme = query.get('theme')
  setTheme(theme === 'light' || theme === 'dark' ? theme : 'system')
  await initI18n(pickLocale([query.get('locale') ?? 'en']))
  if (!scene) {
    root.append(
      ...Object.keys(scenes).map((name) => {
        const link = document.createElement('a')
        link.href = `?scene=${name}`
        link.textContent = `${name} `
        return link
      }),
    )
    return
  }
  const remote = query.has('portrait') ? pretendCamera(480, 854, 70) : pretendCamera(960, 720, 70)
  const call = fakeCall(scene, { local: scene.media.camera.on ? pretendCamera(640, 480, 300) : null }, remote)
  createRoot(root).render(
    <WatchContext value={fakeWatch(query.get('scene') ?? '')}>
      <App call={call} path={query.get('path') ?? '/'} />
    </WatchContext>,
  )
}

void main()
