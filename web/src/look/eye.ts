/** What a worker does: fetches the network, and runs it on the backend it is told. */
import { memory, setBackend } from '@tensorflow/tfjs-core'

import { type ModelFile, readGraph } from './graph'
import type { Backend, FromWorker } from './messages'
import { Network } from './network'
import { SIDE, squeeze } from './pixels'

/** Where the file does not say. */
const MODEL = 'mobilenet_v2_mid'
/** Runs that are measured. */
const RUNS = 3
/** A larger picture is drawn smaller first: nobody knows what a stranger sends. */
const LONGEST = 1280

const kernels: Record<Backend, () => Promise<unknown>> = { wasm: () => import('./wasm'), webgl: () => import('./webgl') }

export class Eye {
  private readonly say: (message: FromWorker) => void
  private readonly pixels = new Float32Array(SIDE * SIDE * 3)
  private readonly canvas = new OffscreenCanvas(1, 1)
  private network: Network | null = null

  constructor(say: (message: FromWorker) => void) {
    this.say = say
  }

  /** Rejects when the network cannot be had, or not be run here. */
  async start(address: string, backend: Backend): Promise<void> {
    await kernels[backend]()
    const file = (await (await fetched(address)).json()) as ModelFile & { readonly name?: string }
    const parts = await Promise.all(file.weightsManifest.flatMap(({ paths }) => paths).map(async (path) => (await fetched(new URL(path, address).href)).arrayBuffer()))
    if (!(await setBackend(backend))) throw new Error(`no ${backend} here`)
    this.network = new Network(readGraph(file, await new Blob(parts).arrayBuffer()))
    // The first run takes longer: memory, shaders.
    await this.run()
    this.say({ type: 'ready', model: file.name ?? MODEL })
  }

  async look(id: number, picture: ImageBitmap): Promise<void> {
    const from = performance.now()
    this.read(picture)
    const scores = await this.run()
    this.say({ type: 'looked', id, scores: [...scores], tookMs: performance.now() - from, tensors: memory().numTensors })
  }

  /** The middle one of several runs. */
  async time(): Promise<void> {
    const took: number[] = []
    for (let i = 0; i < RUNS; i++) {
      const from = performance.now()
      await this.run()
      took.push(performance.now() - from)
    }
    this.say({ type: 'timed', ms: took.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0 })
  }

  private run(): Promise<Float32Array> {
    if (this.network === null) throw new Error('a look before the start')
    return this.network.run(this.pixels)
  }

  private read(picture: ImageBitmap): void {
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height))
    const [width, height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))]
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height })
    const pen = this.canvas.getContext('2d', { willReadFrequently: true })
    if (pen === null) throw new Error('no canvas')
    pen.drawImage(picture, 0, 0, width, height)
    picture.close()
    squeeze(pen.getImageData(0, 0, width, height).data, width, height, this.pixels)
  }
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address} answers ${response.status}`)
  return response
}
