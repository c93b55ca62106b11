import { screen, within } from '@testing-library/react'
import { describe, expect, test, vi } from 'vitest'

import type { CallState } from '../../call'
import { fakeWatch } from '../../gallery/fake-watch'
import { scenes } from '../../gallery/states'
import { draw } from '../../test/draw'
import { ReportDialog } from './report-dialog'
import { SettingsDialog } from './settings-dialog'
import { TalkPage } from './talk-page'
import { WatchContext } from './use-look'

const scene = (name: string): CallState => scenes[name] as CallState
const watched = (name: string) =>
  draw(
    <WatchContext value={fakeWatch(name)}>
      <TalkPage />
    </WatchContext>,
    scene(name),
  )
const over = () => screen.getByTestId('remote-video').parentElement?.dataset['over']

describe('a picture the browser covers', () => {
  test('before it was looked at is shown by a click', async () => {
    const { user } = watched('unchecked')
    expect(over()).toBe('unchecked')
    expect(screen.getByRole('heading', { name: 'Blurred until your browser has looked at it' })).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Show anyway' }))
    expect(over()).toBeUndefined()
  })

  test('without a check says so', () => {
    watched('unavailable')
    expect(screen.getByRole('heading', { name: 'Your browser cannot check this picture' })).toBeVisible()
  })

  test('at a hit offers the next person and a report too, and is announced', async () => {
    const { user, actions } = watched('hit')
    expect(screen.getAllByRole('status').some((status) => status.textContent?.startsWith('We blurred this. '))).toBe(true)
    await user.click(screen.getByRole('button', { name: 'Next person' }))
    expect(actions.next).toHaveBeenCalledOnce()
  })
})

describe('a picture the service hides', () => {
  test('cannot be shown, and says why', () => {
    watched('held')
    expect(over()).toBe('held')
    expect(screen.getByRole('heading', { name: 'We hid this picture' })).toBeVisible()
    expect(screen.getByText(/It looked like nudity or sex/, { selector: 'p.text-s' })).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Show anyway' })).not.toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Next person' })).toBeVisible()
  })

  test('and shows again is said once', () => {
    draw(<TalkPage />, scene('lifted'))
    expect(screen.getByText(/Someone looked again/)).toBeVisible()
    expect(over()).toBeUndefined()
  })

  test('of one\'s own is told loudly, with what to do, until it was read', async () => {
    const { user, actions } = draw(<TalkPage />, scene('stopped'))
    const alert = within(screen.getByRole('alert', { name: 'Your picture is not shown any more' }))
    expect(alert.getByText(/It looked like nudity or sex/)).toBeVisible()
    expect(alert.getByText(/Keep to the rules/)).toBeVisible()
    await user.click(alert.getByRole('button', { name: 'I understand' }))
    expect(actions.dismissModeration).toHaveBeenCalledOnce()
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
  })

  test('may be warned of only', () => {
    draw(<TalkPage />, scene('warned'))
    expect(screen.getByRole('alert', { name: 'A warning about your picture' })).toBeVisible()
  })
})

describe('a picture in a report', () => {
  const still = { data: '/9j/4A==', url: 'data:image/jpeg;base64,/9j/4A==' }

  test('is sent only with a tick that is not there by itself, and is shown blurred', async () => {
    const { user, actions } = draw(<ReportDialog picture={() => still} onClose={vi.fn<() => void>()} />, scene('talking'))
    const box = screen.getByRole('checkbox', { name: 'Send a small picture of what I see' })
    expect(box).not.toBeChecked()
    expect(screen.queryByRole('img')).not.toBeInTheDocument()
    expect(screen.getByText(/No picture, and nothing from the chat/)).toBeVisible()

    await user.click(box)
    expect(screen.getByRole('img', { name: 'The picture that is sent, blurred' })).toHaveClass('blur-sm')
    expect(screen.getByText(/and the picture above/)).toBeVisible()
    await user.click(screen.getByRole('radio', { name: 'Nudity or sex' }))
    await user.click(screen.getByRole('button', { name: 'Send report' }))
    expect(actions.report).toHaveBeenCalledExactlyOnceWith({ reason: 'nudity', description: '', block: true, next: true, still: still.data })
  })

  test('stays here without the tick', async () => {
    const { user, actions } = draw(<ReportDialog picture={() => still} onClose={vi.fn<() => void>()} />, scene('talking'))
    await user.click(screen.getByRole('radio', { name: 'Nudity or sex' }))
    await user.click(screen.getByRole('button', { name: 'Send report' }))
    expect(actions.report).toHaveBeenCalledExactlyOnceWith({ reason: 'nudity', description: '', block: true, next: true })
  })

  test('is not offered where there is none', () => {
    draw(<ReportDialog picture={() => null} onClose={vi.fn<() => void>()} />, scene('talking'))
    expect(screen.getAllByRole('checkbox')).toHaveLength(1)
  })
})

describe('the setting', () => {
  test('is on as the service has it, and can be changed', async () => {
    const { user, actions } = draw(<SettingsDialog onClose={vi.fn<() => void>()} />, scene('hit'))
    const setting = screen.getByRole('switch', { name: /Blur strangers/ })
    expect(setting).toBeChecked()
    await user.click(setting)
    expect(actions.setPreferences).toHaveBeenCalledExactlyOnceWith({ blurFirst: false })
  })

  test('is not there where nothing is checked', () => {
    draw(<SettingsDialog onClose={vi.fn<() => void>()} />, scene('talking'))
    expect(screen.queryByRole('switch', { name: /Blur strangers/ })).not.toBeInTheDocument()
  })
})
