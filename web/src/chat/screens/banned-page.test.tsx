import { render, screen } from '@testing-library/react'
import { describe, expect, test } from 'vitest'

import { BannedPage } from './banned-page'
import { timeLeft } from './time-left'

const ban = { detail: null, reason: 'nudity', until: null, id: 'b1c2' }

describe('the page of somebody banned', () => {
  test('says why, until when, and what to quote', () => {
    render(<BannedPage ban={{ ...ban, until: Date.now() + 90_000_000 }} />)
    expect(screen.getByText('Your picture showed what looked like nudity or sex.')).toBeVisible()
    expect(screen.getByText(/1 day, 1 hour left/)).toBeVisible()
    expect(screen.getByText('b1c2')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Copy the code' })).toBeVisible()
  })

  test('lets them back when the time is over', () => {
    render(<BannedPage ban={{ ...ban, until: Date.now() - 1 }} />)
    expect(screen.getByRole('link', { name: 'Go to the start' })).toHaveAttribute('href', '/')
  })

  test('says that there is no end date', () => {
    render(<BannedPage ban={{ ...ban, reason: 'Spam, after two warnings.' }} />)
    expect(screen.getByText('Spam, after two warnings.')).toBeVisible()
    expect(screen.getByText('This has no end date.')).toBeVisible()
  })

  test('says what it can when the service said nothing', () => {
    render(<BannedPage ban={{ detail: null, reason: null, until: null, id: null }} />)
    expect(screen.getByText(/A decision was made/)).toBeVisible()
    expect(screen.queryByText('This has no end date.')).not.toBeInTheDocument()
  })
})

describe('a length of time', () => {
  test.each([
    [2 * 86_400 + 3_600, '2 days, 1 hour'],
    [3_725, '1 hour, 2 minutes'],
    [61, '1 minute, 1 second'],
    [5, '5 seconds'],
  ])('of %i s is "%s"', (seconds, words) => {
    expect(timeLeft(seconds, 'en')).toBe(words)
  })
})
