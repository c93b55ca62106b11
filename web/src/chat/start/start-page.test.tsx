import { screen, within } from '@testing-library/react'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import type { CallState } from '../../call'
import { scenes } from '../../gallery/states'
import { draw } from '../../test/draw'
import { StartPage } from './start-page'

const scene = (name: string): CallState => scenes[name] as CallState

beforeEach(() => {
  vi.stubGlobal('RTCPeerConnection', vi.fn())
  return () => vi.unstubAllGlobals()
})

describe('a first visit', () => {
  test('asks the browser for nothing before a click', async () => {
    const { actions, user } = draw(<StartPage />, scene('first'))
    expect(actions.loadService).toHaveBeenCalled()
    expect(actions.preview).not.toHaveBeenCalled()
    expect(actions.start).not.toHaveBeenCalled()

    await user.click(screen.getByRole('button', { name: 'Try camera and microphone' }))
    expect(actions.preview).toHaveBeenCalledWith({ camera: true, microphone: true })
  })

  test('shows the five rules and needs both words before it starts', async () => {
    const { actions, user } = draw(<StartPage />, scene('first'))
    expect(within(screen.getByRole('region', { name: /rules/ })).getAllByRole('listitem')).toHaveLength(5)

    await user.click(screen.getByRole('button', { name: 'Meet someone' }))
    expect(actions.start).not.toHaveBeenCalled()
    expect(screen.getByText(/Both boxes/)).toBeVisible()
    expect(screen.getByRole('checkbox', { name: 'I am 18 or older' })).toBeInvalid()

    await user.click(screen.getByRole('checkbox', { name: 'I am 18 or older' }))
    await user.click(screen.getByRole('checkbox', { name: 'I accept these rules' }))
    await user.click(screen.getByRole('button', { name: 'Meet someone' }))
    expect(actions.start).toHaveBeenCalledWith({ mode: 'video', consent: '2026-11', adult: true })
  })

  test('takes interests one by one, in small letters, without doubles, and gives them up again', async () => {
    const { actions, user, call } = draw(<StartPage />, scene('first'))
    const field = screen.getByRole('textbox', { name: /talk about/ })
    await user.type(field, 'Chess, music,  Go{Enter}')
    expect(call.getState().preferences.interests).toEqual(['music', 'chess', 'go'])

    await user.click(screen.getByRole('button', { name: 'Remove chess' }))
    expect(actions.setPreferences).toHaveBeenLastCalledWith({ interests: ['music', 'go'] })

    await user.type(field, '{Backspace}')
    expect(call.getState().preferences.interests).toEqual(['music'])
  })

  test('lets one hide the address, in video alone', async () => {
    const { actions, user } = draw(<StartPage />, scene('first'))
    await user.click(screen.getByRole('switch', { name: 'Hide my IP address' }))
    expect(actions.setPreferences).toHaveBeenCalledWith({ hideIP: true })
    expect(screen.getByRole('switch', { name: 'Hide my IP address' })).toBeChecked()
    await user.click(screen.getByRole('radio', { name: 'Text only' }))
    expect(screen.queryByRole('switch', { name: 'Hide my IP address' })).not.toBeInTheDocument()
  })

  test('lets one choose text and the language', async () => {
    const { actions, user } = draw(<StartPage />, scene('first'))
    await user.click(screen.getByRole('radio', { name: 'Text only' }))
    expect(actions.setPreferences).toHaveBeenCalledWith({ mode: 'text' })
    expect(screen.queryByRole('button', { name: 'Try camera and microphone' })).not.toBeInTheDocument()

    await user.selectOptions(screen.getByRole('combobox', { name: /talk in/ }), 'Spanish')
    expect(actions.setPreferences).toHaveBeenLastCalledWith({ language: 'es' })
  })
})

describe('what stands in the way', () => {
  test('a first start that fails makes no returning visitor', () => {
    const { set } = draw(<StartPage />, scene('first'))
    set(scene('problem')) // the consent is kept by now
    expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Say hello')
  })

  test('a refusal before and at the start is told once', async () => {
    const { user, set } = draw(<StartPage />, scene('refused'))
    await user.click(screen.getByRole('button', { name: 'Try camera and microphone' }))
    expect(screen.getByRole('alert')).toBeVisible()
    const state = scene('refused')
    set({ ...state, phase: 'idle', problem: { code: 'media', camera: 'denied', microphone: 'denied' } })
    expect(screen.getByRole('alert')).toHaveTextContent('No microphone. Permission was refused.')
  })

  test('a refused camera is explained, and sound or text is one click away', async () => {
    const { actions, user } = draw(<StartPage />, scene('refused'))
    await user.click(screen.getByRole('button', { name: 'Try camera and microphone' }))
    const help = screen.getByRole('alert')
    expect(help).toHaveTextContent('No camera. Permission was refused.')

    await user.click(within(help).getByRole('button', { name: 'Go on with sound only' }))
    expect(actions.preview).toHaveBeenLastCalledWith({ camera: false, microphone: true })
    await user.click(within(help).getByRole('button', { name: 'Go on in text' }))
    expect(actions.setPreferences).toHaveBeenLastCalledWith({ mode: 'text' })
  })

  test('a start that came to nothing says why and can be tried again', async () => {
    const { actions, user } = draw(<StartPage />, scene('problem'))
    expect(screen.getByRole('alert')).toHaveTextContent('busy')
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(actions.start).toHaveBeenCalledOnce()
  })

  test('a browser without calls offers text and says so', () => {
    vi.unstubAllGlobals()
    draw(<StartPage />, scene('first'))
    expect(screen.getByText(/cannot do video calls/)).toBeVisible()
    expect(screen.getByRole('radio', { name: 'Text only' })).toBeChecked()
    expect(screen.getByRole('radio', { name: 'Video' })).toBeDisabled()
  })
})

describe('a later visit', () => {
  test('needs one press only', async () => {
    const { actions, user } = draw(<StartPage />, scene('returning'))
    expect(screen.queryByRole('checkbox')).not.toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Meet someone' }))
    expect(actions.start).toHaveBeenCalledWith({ mode: 'video', consent: '2026-11', adult: true })
  })

  test('asks again when the rules have changed', () => {
    const state = scene('returning')
    draw(<StartPage />, { ...state, service: { ...state.service, consent: '2027-01' } })
    expect(screen.getByText(/rules have changed/)).toBeVisible()
    expect(screen.getByRole('checkbox', { name: 'I accept these rules' })).not.toBeChecked()
  })
})
