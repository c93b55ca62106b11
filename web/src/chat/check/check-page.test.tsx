import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test, vi } from 'vitest'

import { Check } from '../../check'
import { FakeNetwork } from '../../check/testing/fake-network'
import { scenes } from '../../gallery/states'
import { draw } from '../../test/draw'
import { CheckPage } from './check-page'

async function page(network: FakeNetwork) {
  const check = new Check(network.environment)
  const drawn = draw(<CheckPage check={check} userAgent="A browser" />, scenes['first'] as NonNullable<(typeof scenes)[string]>)
  act(() => network.call.socket.accept())
  await waitFor(() => expect(document.querySelectorAll('[data-state=waiting]')).toHaveLength(0))
  return drawn
}

const line = (title: string) => within(screen.getByRole('heading', { level: 3, name: title }).closest('li') as HTMLElement)

describe('the page that says what works', () => {
  test('has one line for each way with a word, a sentence, and where one is seen', async () => {
    await page(new FakeNetwork())
    expect(screen.getByText('Video will work')).toBeVisible()
    expect(screen.getAllByRole('listitem')).toHaveLength(10)
    expect(line('Through our relay, UDP').getByText('Works')).toBeVisible()
    expect(line('Directly').getByText(/The internet sees you at 198\.51\.100\.7/)).toBeVisible()
  })

  test('asks for a microphone when told to', async () => {
    const network = new FakeNetwork()
    const { user } = await page(network)
    expect(line('Camera').queryByRole('button')).not.toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Try: Microphone' }))
    expect(await line('Microphone').findByText('Works')).toBeVisible()
  })

  test('says what is not offered', async () => {
    const network = new FakeNetwork()
    network.offered = { ...network.offered, media_server: false }
    await page(network)
    expect(line('Through our media server, UDP').getByText('Not offered')).toBeVisible()
  })

  test('copies a report without the address, and shows it where copying is not allowed', async () => {
    const { user } = await page(new FakeNetwork())
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    await user.click(screen.getByRole('button', { name: 'Copy the report' }))
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeVisible()
    expect(write.mock.calls[0]?.[0]).toContain('udp: works')
    expect(write.mock.calls[0]?.[0]).not.toContain('198.51.100.7')
    write.mockRejectedValue(new DOMException('', 'NotAllowedError'))
    await user.click(screen.getByRole('button', { name: 'Copied' }))
    expect(await screen.findByText(/Mark the text below/)).toBeVisible()
    expect(screen.getByRole('group')).toHaveAttribute('open')
  })

  test('can be begun again', async () => {
    const network = new FakeNetwork()
    const { user } = await page(network)
    await user.click(screen.getByRole('button', { name: 'Check again' }))
    expect(network.call.sockets).toHaveLength(2)
  })
})
