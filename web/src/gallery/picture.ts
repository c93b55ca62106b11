/** A moving picture that stands for a person: a lamp-lit room and someone in it, all of it drawn here. */
export function pretendCamera(width: number, height: number, hue: number): MediaStream {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  const draw = (time: number) => {
    if (!pen) return
    const sway = Math.sin(time / 900) * width * 0.008
    const wall = pen.createLinearGradient(0, 0, width, height)
    wall.addColorStop(0, `oklch(0.5 0.05 ${hue})`)
    wall.addColorStop(1, `oklch(0.26 0.05 ${hue + 40})`)
    pen.fillStyle = wall
    pen.fillRect(0, 0, width, height)
    pen.fillStyle = `oklch(0.78 0.08 ${hue + 30} / 0.35)`
    pen.beginPath()
    pen.arc(width * 0.8, height * 0.22, height * 0.2, 0, 7)
    pen.fill()
    const x = width / 2 + sway
    pen.fillStyle = `oklch(0.38 0.08 ${hue + 150})`
    pen.beginPath()
    pen.ellipse(x, height * 1.08, height * 0.48, height * 0.42, 0, 0, 7)
    pen.fill()
    pen.fillStyle = 'oklch(0.7 0.07 55)'
    pen.fillRect(x - height * 0.07, height * 0.52, height * 0.14, height * 0.2)
    pen.beginPath()
    pen.ellipse(x, height * 0.42, height * 0.155, height * 0.2, 0, 0, 7)
    pen.fill()
    pen.fillStyle = 'oklch(0.3 0.04 40)'
    pen.beginPath()
    pen.ellipse(x, height * 0.32, height * 0.175, height * 0.14, 0, Math.PI, 0)
    pen.fill()
    requestAnimationFrame(draw)
  }
  requestAnimationFrame(draw)
  return canvas.captureStream(15)
}
