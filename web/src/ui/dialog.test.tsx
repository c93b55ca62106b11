import { fireEvent, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'

import { Dialog } from './dialog'

/** jsdom has no layout: what the body measures is said here. */
function measures(box: Element, sizes: { clientHeight: number; scrollHeight: number; scrollTop: number }) {
  for (const [name, value] of Object.entries(sizes)) Object.defineProperty(box, name, { value, configurable: true })
  fireEvent.scroll(box)
}

test('the edges say where the body goes on, and the title stays', () => {
  render(
    <Dialog title="Settings" closeLabel="Close" onClose={vi.fn<() => void>()}>
      <p>long</p>
    </Dialog>,
  )
  const dialog = screen.getByRole('dialog', { name: 'Settings' })
  const body = screen.getByText('long').parentElement?.parentElement as Element
  expect(body).not.toContainElement(screen.getByRole('heading'))

  measures(body, { clientHeight: 500, scrollHeight: 800, scrollTop: 0 })
  expect([dialog.hasAttribute('data-above'), dialog.hasAttribute('data-below')]).toEqual([false, true])
  measures(body, { clientHeight: 500, scrollHeight: 800, scrollTop: 100 })
  expect([dialog.hasAttribute('data-above'), dialog.hasAttribute('data-below')]).toEqual([true, true])
  measures(body, { clientHeight: 500, scrollHeight: 800, scrollTop: 300 })
  expect([dialog.hasAttribute('data-above'), dialog.hasAttribute('data-below')]).toEqual([true, false])
  measures(body, { clientHeight: 500, scrollHeight: 500, scrollTop: 0 })
  expect([dialog.hasAttribute('data-above'), dialog.hasAttribute('data-below')]).toEqual([false, false])
})
