/** Pleasant pictures for screenshots: drawn in a browser, kept as a camera file. */
import { closeSync, openSync, writeSync } from 'node:fs'

const WIDTH = 960
const HEIGHT = 720
const FPS = 15
const FRAMES = 45

/**
 * Writes a scene as a YUV4MPEG2 file.
 *
 * @param {import('playwright-core').Browser} browser that draws it
 * @param {string} path
 * @param {(context: CanvasRenderingContext2D, width: number, height: number, time: number) => void} draw
 *   runs in the page and uses nothing outside of itself; time goes from 0 to 1 and round
 * @param {{ width?: number, height?: number, grain?: number }} [picture] grain: how far the brightness of a pixel may be
 *   off, at random, as from a real camera
 */
export async function writeScene(browser, path, draw, { width = WIDTH, height = HEIGHT, grain = 0 } = {}) {
  const page = await browser.newPage()
  const file = openSync(path, 'w')
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${FPS}:1 Ip A1:1 C420jpeg\n`)
  for (let frame = 0; frame < FRAMES; frame++) {
    const base64 = await page.evaluate(drawFrame, { source: draw.toString(), width, height, grain, time: frame / FRAMES })
    writeSync(file, 'FRAME\n')
    writeSync(file, Buffer.from(base64, 'base64'))
  }
  closeSync(file)
  await page.close()
}

/** One frame as base64 of its three planes, BT.601 limited range. */
function drawFrame({ source, width, height, grain, time }) {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  new Function(`return (${source})`)()(context, width, height, time)
  const { data } = context.getImageData(0, 0, width, height)
  const luma = new Uint8Array(width * height)
  const [blue, red] = [new Uint8Array((width * height) / 4), new Uint8Array((width * height) / 4)]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x
      const [r, g, b] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]]
      luma[i] = Math.max(16, Math.min(235, 16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256 + grain * (2 * Math.random() - 1)))
      if (x % 2 === 0 && y % 2 === 0) {
        const half = (y / 2) * (width / 2) + x / 2
        blue[half] = 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256
        red[half] = 128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256
      }
    }
  }
  let text = ''
  for (const plane of [luma, blue, red]) {
    for (let at = 0; at < plane.length; at += 32_768) text += String.fromCharCode(...plane.subarray(at, at + 32_768))
  }
  return btoa(text)
}

/** A lake in the mountains in the morning, with a boat. */
export function lake(context, width, height, time) {
  const horizon = height * 0.6
  const fill = (top, bottom, stops) => {
    const gradient = context.createLinearGradient(0, top, 0, bottom)
    for (const [at, colour] of stops) gradient.addColorStop(at, colour)
    return gradient
  }
  const sunX = width * (0.3 + 0.02 * Math.sin(2 * Math.PI * time))
  const sunY = height * (0.32 - 0.02 * Math.cos(2 * Math.PI * time))

  context.fillStyle = fill(0, horizon, [[0, '#5b86c0'], [0.45, '#e9b7a0'], [0.8, '#fbdcae'], [1, '#fff0cf']])
  context.fillRect(0, 0, width, horizon)
  const glow = context.createRadialGradient(sunX, sunY, 20, sunX, sunY, 300)
  glow.addColorStop(0, 'rgba(255,247,214,1)')
  glow.addColorStop(0.17, 'rgba(255,240,190,0.95)')
  glow.addColorStop(0.2, 'rgba(255,226,160,0.5)')
  glow.addColorStop(1, 'rgba(255,220,150,0)')
  context.fillStyle = glow
  context.fillRect(0, 0, width, horizon)

  const ridge = (base, rise, waves, colour) => {
    context.fillStyle = colour
    context.beginPath()
    context.moveTo(0, horizon)
    for (let x = 0; x <= width; x += 4) {
      const at = x / width
      const y = base - rise * (0.5 + 0.5 * Math.sin(waves * at * 6.28 + waves)) - rise * 0.35 * Math.sin(waves * 3.1 * at * 6.28) - rise * 0.1 * Math.sin(waves * 9.7 * at * 6.28)
      context.lineTo(x, Math.min(y, horizon))
    }
    context.lineTo(width, horizon)
    context.fill()
  }
  ridge(horizon - 40, 120, 0.9, '#a99bb5')
  ridge(horizon - 18, 85, 1.4, '#7f7f9f')
  ridge(horizon - 2, 52, 2.1, '#56657f')

  context.fillStyle = fill(horizon, height, [[0, '#f3cfa6'], [0.25, '#b89fae'], [1, '#3f5b85']])
  context.fillRect(0, horizon, width, height - horizon)
  for (let i = 0; i < 46; i++) {
    const depth = i / 46
    const y = horizon + 6 + depth * depth * (height - horizon)
    const spread = 18 + 150 * depth
    const drift = 14 * Math.sin(2 * Math.PI * (time + i * 0.37))
    context.fillStyle = `rgba(255,240,200,${0.5 * (1 - depth) + 0.06})`
    context.beginPath()
    context.ellipse(sunX + drift + (i % 3) * 9, y, spread * (0.5 + ((i * 37) % 50) / 100), 1.2 + 2.2 * depth, 0, 0, 7)
    context.fill()
  }

  const boatX = width * 0.63 + 8 * Math.sin(2 * Math.PI * time)
  const boatY = height * 0.75 + 2 * Math.sin(4 * Math.PI * time)
  context.save()
  context.translate(boatX, boatY)
  context.rotate(0.015 * Math.sin(2 * Math.PI * time))
  context.fillStyle = 'rgba(30,40,65,0.28)'
  context.beginPath()
  context.ellipse(6, 34, 88, 9, 0, 0, 7)
  context.fill()
  context.fillStyle = '#fff6e6'
  context.beginPath()
  context.moveTo(4, -172)
  context.quadraticCurveTo(86, -80, 78, -2)
  context.lineTo(4, -2)
  context.fill()
  context.fillStyle = '#f0a63c'
  context.beginPath()
  context.moveTo(-4, -150)
  context.quadraticCurveTo(-44, -60, -50, -2)
  context.lineTo(-4, -2)
  context.fill()
  context.fillStyle = '#5b2a3c'
  context.beginPath()
  context.moveTo(-84, 6)
  context.lineTo(90, 6)
  context.quadraticCurveTo(70, 34, 40, 34)
  context.lineTo(-52, 34)
  context.quadraticCurveTo(-76, 30, -84, 6)
  context.fill()
  context.fillRect(-2, -176, 4, 184)
  context.restore()

  context.strokeStyle = 'rgba(60,60,90,0.75)'
  context.lineWidth = 3
  for (let i = 0; i < 5; i++) {
    const [x, y] = [width * (0.55 + 0.06 * i + 0.02 * Math.sin(2 * Math.PI * time)), height * (0.16 + 0.035 * ((i * 2) % 5))]
    const flap = 7 + 4 * Math.sin(2 * Math.PI * (3 * time + i * 0.3))
    context.beginPath()
    context.moveTo(x - 17, y - flap)
    context.quadraticCurveTo(x - 6, y - 2, x, y)
    context.quadraticCurveTo(x + 6, y - 2, x + 17, y - flap)
    context.stroke()
  }
}

/** A cat at the window in the evening. */
export function cat(context, width, height, time) {
  const gradient = (top, bottom, stops) => {
    const made = context.createLinearGradient(0, top, 0, bottom)
    for (const [at, colour] of stops) made.addColorStop(at, colour)
    return made
  }
  context.fillStyle = '#e7d3c0'
  context.fillRect(0, 0, width, height)
  const [left, top, right, sill] = [width * 0.1, height * 0.07, width * 0.9, height * 0.76]
  context.fillStyle = gradient(top, sill, [[0, '#33416f'], [0.5, '#8a6a97'], [0.85, '#e49a83'], [1, '#f6c490']])
  context.fillRect(left, top, right - left, sill - top)
  context.fillStyle = '#fff3d0'
  context.beginPath()
  context.arc(width * 0.72, height * 0.24, 44, 0, 7)
  context.fill()
  for (let i = 0; i < 22; i++) {
    const bright = 0.5 + 0.5 * Math.sin(2 * Math.PI * (time + i * 0.29))
    context.fillStyle = `rgba(255,250,230,${0.25 + 0.6 * bright})`
    context.beginPath()
    context.arc(left + 20 + ((i * 197) % (right - left - 40)), top + 14 + ((i * 83) % 190), 1.4 + (i % 3), 0, 7)
    context.fill()
  }
  for (let i = 0; i < 13; i++) {
    const [x, tall] = [left + i * 60, 60 + ((i * 71) % 95)]
    context.fillStyle = i % 2 ? '#4a3d5e' : '#574468'
    context.fillRect(x, sill - tall, 62, tall)
    for (let w = 0; w < 4; w++) {
      if ((i * 3 + w * 5) % 4 === 0) continue
      context.fillStyle = (i + w) % 3 ? '#f7cf7d' : '#e9a86a'
      context.fillRect(x + 11 + (w % 2) * 24, sill - tall + 14 + Math.trunc(w / 2) * 27, 11, 14)
    }
  }
  context.fillStyle = '#f8efe4'
  context.fillRect(left - 22, top - 22, 22, sill - top + 22)
  context.fillRect(right, top - 22, 22, sill - top + 22)
  context.fillRect(left - 22, top - 22, right - left + 44, 22)
  context.fillRect(width / 2 - 8, top, 16, sill - top)
  context.fillStyle = gradient(sill, height, [[0, '#c99a72'], [0.25, '#a9764f'], [1, '#8d5f40']])
  context.fillRect(0, sill, width, height - sill)
  context.fillStyle = 'rgba(255,240,220,0.5)'
  context.fillRect(0, sill, width, 7)

  const potX = width * 0.78
  for (let i = 0; i < 9; i++) {
    const lean = -0.95 + i * 0.24 + 0.02 * Math.sin(2 * Math.PI * (time + i * 0.2))
    context.save()
    context.translate(potX, sill - 74)
    context.rotate(lean)
    context.fillStyle = i % 2 ? '#4d8a5b' : '#67a56c'
    context.beginPath()
    context.ellipse(0, -86, 17, 88, 0, 0, 7)
    context.fill()
    context.restore()
  }
  context.fillStyle = '#d9774f'
  context.beginPath()
  context.moveTo(potX - 62, sill - 82)
  context.lineTo(potX + 62, sill - 82)
  context.lineTo(potX + 46, sill + 26)
  context.lineTo(potX - 46, sill + 26)
  context.fill()
  context.fillStyle = '#e88d63'
  context.fillRect(potX - 70, sill - 96, 140, 26)

  const [x, y] = [width * 0.4, sill + 34]
  const wag = Math.sin(2 * Math.PI * time)
  context.strokeStyle = '#39303f'
  context.lineCap = 'round'
  context.lineWidth = 30
  context.beginPath()
  context.moveTo(x + 92, y - 24)
  context.bezierCurveTo(x + 210, y, x + 190 + 22 * wag, y - 110, x + 236 + 26 * wag, y - 128)
  context.stroke()
  context.fillStyle = '#39303f'
  context.beginPath()
  context.moveTo(x, y - 236)
  context.bezierCurveTo(x + 96, y - 220, x + 150, y - 60, x + 112, y - 10)
  context.bezierCurveTo(x + 100, y + 12, x - 100, y + 12, x - 112, y - 10)
  context.bezierCurveTo(x - 150, y - 60, x - 96, y - 220, x, y - 236)
  context.fill()
  context.beginPath()
  context.ellipse(x, y - 250, 104, 90, 0, 0, 7)
  context.fill()
  for (const side of [-1, 1]) {
    context.beginPath()
    context.moveTo(x + side * 98, y - 274)
    context.lineTo(x + side * (92 + 2 * wag), y - 376)
    context.lineTo(x + side * 24, y - 326)
    context.fill()
    const shut = time > 0.88 && time < 0.96
    context.fillStyle = '#f2c14e'
    context.beginPath()
    context.ellipse(x + side * 40, y - 254, 21, shut ? 3 : 23, 0, 0, 7)
    context.fill()
    context.fillStyle = '#241d29'
    if (!shut) {
      context.beginPath()
      context.ellipse(x + side * 40 + 3 * wag, y - 252, 8, 18, 0, 0, 7)
      context.fill()
    }
    context.strokeStyle = 'rgba(255,245,235,0.75)'
    context.lineWidth = 3
    for (const turn of [-8, 6, 20]) {
      context.beginPath()
      context.moveTo(x + side * 30, y - 212 + turn / 3)
      context.lineTo(x + side * 138, y - 218 + turn)
      context.stroke()
    }
    context.fillStyle = '#39303f'
  }
  context.fillStyle = '#e9967f'
  context.beginPath()
  context.moveTo(x - 13, y - 226)
  context.lineTo(x + 13, y - 226)
  context.lineTo(x, y - 211)
  context.fill()
  context.fillStyle = '#fbf3ea'
  context.beginPath()
  context.ellipse(x, y - 112, 50, 62, 0, 0, 7)
  context.fill()
  for (const side of [-1, 1]) {
    context.beginPath()
    context.ellipse(x + side * 44, y - 6, 38, 19, 0, 0, 7)
    context.fill()
  }
}
