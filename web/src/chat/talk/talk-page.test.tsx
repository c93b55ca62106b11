import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test, vi } from 'vitest'

import type { CallState, ChatLine } from '../../call'
import { scenes } from '../../gallery/states'
import { draw } from '../../test/draw'
import { TalkPage } from './talk-page'

const scene = (name: string): CallState => scenes[name] as CallState
const line = (text: string, change: Partial<ChatLine> = {}): ChatLine => ({ id: text, from: 'partner', text, at: 0, status: 'delivered', ...change })
const saying = (...lines: ChatLine[]): CallState => ({ ...scene('talking'), chat: { lines, heldUntil: null } })

describe('what is written', () => {
  test('is shown as text, never as markup or as a link', () => {
    draw(<TalkPage />, saying(line('<img src=x onerror=alert(1)> I <3 you'), line('see https://example.org')))
    const log = screen.getByRole('log', { name: 'Messages' })
    expect(within(log).getByText('<img src=x onerror=alert(1)> I <3 you')).toBeVisible()
    expect(within(log).queryByRole('img')).not.toBeInTheDocument()
    expect(within(log).queryByRole('link')).not.toBeInTheDocument()
  })

  test('Enter sends, Shift and Enter makes a line', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    const field = screen.getByRole('textbox', { name: 'Your message' })
    await user.type(field, 'hello{Shift>}{Enter}{/Shift}there{Enter}')
    expect(actions.sendText).toHaveBeenCalledExactlyOnceWith('hello\nthere')
    expect(field).toHaveValue('')
  })

  test('too long a message is refused before it is sent', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    fireEvent.change(screen.getByRole('textbox', { name: 'Your message' }), { target: { value: '😀'.repeat(2003) } })
    expect(screen.getByText('3 characters too many')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Send' })).toBeDisabled()
    await user.type(screen.getByRole('textbox', { name: 'Your message' }), '{Enter}')
    expect(actions.sendText).not.toHaveBeenCalled()
  })

  test('says how far the last own line got, and each that failed', () => {
    draw(<TalkPage />, saying(line('one', { from: 'me', status: 'failed' }), line('two', { from: 'me' }), line('three', { from: 'me', status: 'sending' })))
    expect(screen.getAllByText('Not delivered')).toHaveLength(1)
    expect(screen.getAllByText('Sending')).toHaveLength(1)
    expect(screen.queryByText('Delivered')).not.toBeInTheDocument()
  })
})

describe('keys', () => {
  test('Escape asks for the next person, twice within a second leaves', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('{Escape}')
    expect(actions.next).toHaveBeenCalledOnce()
    expect(actions.stop).not.toHaveBeenCalled()
    await user.keyboard('{Escape}')
    expect(actions.stop).toHaveBeenCalledOnce()
    expect(actions.next).toHaveBeenCalledOnce()
  })

  test('letters switch microphone and camera, and rest while one writes', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('mv')
    expect(actions.setMicrophone).toHaveBeenCalledExactlyOnceWith(false)
    expect(actions.setCamera).toHaveBeenCalledExactlyOnceWith(false)

    await user.type(screen.getByRole('textbox', { name: 'Your message' }), 'move over, rob{Escape}')
    expect(actions.setMicrophone).toHaveBeenCalledOnce()
    expect(actions.next).not.toHaveBeenCalled()
    expect(screen.getByRole('textbox', { name: 'Your message' })).not.toHaveFocus()
  })

  test('Escape in an empty field still asks for the next person', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.click(screen.getByRole('textbox', { name: 'Your message' }))
    await user.keyboard('{Escape}')
    expect(actions.next).toHaveBeenCalledOnce()
  })

  test('Enter goes to the message field, the question mark lists the keys', async () => {
    const { user } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('?')
    expect(await screen.findByRole('dialog', { name: 'Keys' })).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Close' }))
    ;(document.activeElement as HTMLElement).blur()
    await user.keyboard('{Enter}')
    await waitFor(() => expect(screen.getByRole('textbox', { name: 'Your message' })).toHaveFocus())
  })

  test('a next can be taken back', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('{Escape}')
    await user.click(screen.getByRole('button', { name: 'Undo' }))
    expect(actions.undoNext).toHaveBeenCalledOnce()
  })
})

describe('reporting', () => {
  test('takes two clicks, says what is sent, and blocks unless one says no', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('r')
    const dialog = within(await screen.findByRole('dialog', { name: 'Report this person' }))
    expect(dialog.getAllByRole('radio')).toHaveLength(6)
    expect(dialog.getByText(/What is sent/)).toBeVisible()
    expect(dialog.getByRole('checkbox', { name: /block/ })).toBeChecked()
    expect(dialog.getByRole('button', { name: 'Send report' })).toBeDisabled()

    await user.click(dialog.getByRole('radio', { name: 'Nudity or sex' }))
    await user.click(dialog.getByRole('button', { name: 'Send report' }))
    expect(actions.report).toHaveBeenCalledExactlyOnceWith({ reason: 'nudity', description: '', block: true, next: true })
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  })

  test('never reaches somebody who came while the question was open', async () => {
    const { actions, user, set } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('r')
    const dialog = within(await screen.findByRole('dialog', { name: 'Report this person' }))
    await user.click(dialog.getByRole('radio', { name: 'Something else' }))
    const state = scene('talking')
    set({ ...state, reportable: state.reportable && { ...state.reportable, id: 'somebody else' } })
    expect(dialog.getByRole('button', { name: 'Send report' })).toBeDisabled()
    expect(actions.report).not.toHaveBeenCalled()
  })

  test('keys rest while the question is open', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.keyboard('r')
    await screen.findByRole('dialog', { name: 'Report this person' })
    await user.keyboard('mb')
    expect(actions.setMicrophone).not.toHaveBeenCalled()
    expect(actions.block).not.toHaveBeenCalled()
  })
})

describe('blocking', () => {
  const press = () => fireEvent.keyDown(document.body, { key: 'b', code: 'KeyB' })

  test('hides oneself at once and becomes final just before the undo runs out', () => {
    vi.useFakeTimers()
    try {
      const { actions } = draw(<TalkPage />, scene('talking'))
      press()
      expect(actions.next).toHaveBeenCalledOnce()
      expect(screen.getByText('Blocking this person')).toBeVisible()
      expect(actions.block).not.toHaveBeenCalled()
      act(() => vi.advanceTimersByTime(1999))
      expect(actions.block).toHaveBeenCalledExactlyOnceWith({ next: true })
    } finally {
      vi.useRealTimers()
    }
  })

  test('can be taken back', () => {
    vi.useFakeTimers()
    try {
      const { actions } = draw(<TalkPage />, scene('talking'))
      press()
      fireEvent.click(screen.getByRole('button', { name: 'Undo' }))
      act(() => vi.advanceTimersByTime(5000))
      expect(actions.undoNext).toHaveBeenCalledOnce()
      expect(actions.block).not.toHaveBeenCalled()
    } finally {
      vi.useRealTimers()
    }
  })

  test('still counts when the stranger leaves first, and never falls on the next one', () => {
    const { actions, set, call } = draw(<TalkPage />, scene('talking'))
    press()
    set({ ...scene('ended'), undo: null })
    expect(actions.block).toHaveBeenCalledOnce()

    set(scene('talking'))
    press()
    const state = call.getState()
    set({ ...state, undo: null, reportable: state.reportable && { ...state.reportable, id: 'somebody else' } })
    expect(actions.block).toHaveBeenCalledOnce()
  })
})

describe('what the stage says', () => {
  test.each([
    ['looking', '17 other people are waiting.'],
    ['lookingAfter', 'Nobody else is waiting yet.'],
    ['connecting', 'Trying a direct way between your browsers'],
    ['cameraOff', 'Their camera is off'],
    ['away', 'They lost their connection. Waiting for them to come back.'],
    ['failed', 'Your two networks let nothing through directly. You can go on in writing.'],
    ['blank', 'The call moves to another way. The picture comes back in a moment.'],
    ['offline', 'Lost the line to the service. Trying again.'],
    ['ended', 'They went on to someone else.'],
    ['reported', 'Thank you. Your report was sent.'],
  ])('%s', (name, words) => {
    draw(<TalkPage />, scene(name))
    expect(screen.getAllByText(words)[0]).toBeInTheDocument()
  })

  test('the way of the call is always in sight', () => {
    draw(<TalkPage />, scene('talking'))
    expect(screen.getByText('Direct')).toBeVisible()
    expect(screen.getByText(/your IP is visible to them/)).toBeVisible()
  })

  test.each([
    ['relayed', 'Relayed', /your IP is hidden from them/],
    ['moved', 'Through our server', /it may be moderated/],
  ])('says what the way means: %s', (name, way, meaning) => {
    draw(<TalkPage />, scene(name))
    expect(screen.getByText(way)).toBeVisible()
    expect(screen.getByText(meaning)).toBeVisible()
  })

  test('a change of the way is told with its reason, and can be dismissed', async () => {
    const { actions, user } = draw(<TalkPage />, scene('moved'))
    const note = screen.getByText('Sound and picture now go through our server. A rule of this service asks for it.').closest<HTMLElement>('[role="status"]')
    await user.click(within(note as HTMLElement).getByRole('button', { name: 'Dismiss' }))
    expect(actions.dismissMoved).toHaveBeenCalledOnce()
  })

  test('a bad connection through the server has an owner', async () => {
    const { user } = draw(<TalkPage />, scene('moved'))
    await user.click(screen.getByRole('button', { name: 'Connection: Fair' }))
    expect(await screen.findByText('Their connection is weak.')).toBeVisible()
  })

  test('the address can be hidden from the menu', async () => {
    const { actions, user } = draw(<TalkPage />, scene('talking'))
    await user.click(screen.getByRole('button', { name: 'More' }))
    await user.click(await screen.findByRole('menuitemcheckbox', { name: 'Hide my IP address' }))
    expect(actions.setPreferences).toHaveBeenCalledWith({ hideIP: true })
  })

  test.each([
    ['stop', 'They left.'],
    ['gone', 'Their connection was lost.'],
  ] as const)('when the other one ended it: %s', (reason, words) => {
    const state = scene('ended')
    if (state.phase !== 'ended') throw new Error('not the end of a call')
    draw(<TalkPage />, { ...state, end: { ...state.end, reason } })
    expect(screen.getAllByText(words)[0]).toBeInTheDocument()
  })

  test('in text mode there is no stage and no camera, and the chat is the page', () => {
    draw(<TalkPage />, scene('text'))
    expect(screen.queryByTestId('remote-video')).not.toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Mute' })).not.toBeInTheDocument()
    expect(screen.getByRole('textbox', { name: 'Your message' })).toBeEnabled()
  })
})
