/**
 * What the worker does: fetches the network, runs it on one of two backends, and
 * finds out which of them is faster here. It begins with the processor, so that
 * nobody waits for shaders; the graphics card is tried after the first looks, and
 * taken if it is clearly faster.
 */
import { memory, removeBackend, setBackend } from '@tensorflow/tfjs-core'

import { type Graph, type ModelFile, readGraph } from './graph'
import type { Backend, FromWorker, Times } from './messages'
import { Network } from './network'
import { SIDE, squeeze } from './pixels'

/** Where the file does not say. */
const MODEL = 'mobilenet_v2_mid'
/** Looks before the other backend is tried. */
const SERVE_FIRST = 3
/** Runs that are measured, after one that warms up. */
const RUNS = 3
/** The graphics card must need at most this part of the processor's time to be worth its memory. */
const CLEARLY = 0.8
/** Longer sides are halved by drawing them smaller: nobody knows what a stranger sends. */
const LONGEST = 1280

const kernels: Record<Backend, () => Promise<unknown>> = { wasm: () => import('./wasm'), webgl: () => import('./webgl') }

/** A backend that is set, and the network on it. */
interface Running {
  readonly backend: Backend
  readonly network: Network
}

export class Eye {
  private readonly say: (message: FromWorker) => void
  private readonly pixels = new Float32Array(SIDE * SIDE * 3)
  private readonly canvas = new OffscreenCanvas(1, 1)
  private graph: Graph = []
  private running: Running | null = null
  private untilMeasured: number | null = null

  constructor(say: (message: FromWorker) => void) {
    this.say = say
  }

  /** Fetches the network; rejects when it cannot be had or run. */
  async start(address: string, chosen: Backend | null): Promise<void> {
    const file = (await (await fetched(address)).json()) as ModelFile & { readonly name?: string }
    const parts = await Promise.all(file.weightsManifest.flatMap(({ paths }) => paths).map(async (path) => (await fetched(new URL(path, address).href)).arrayBuffer()))
    this.graph = readGraph(file, await new Blob(parts).arrayBuffer())
    const first = chosen ?? 'wasm'
    this.running = await this.begin(first).catch(() => this.begin(first === 'wasm' ? 'webgl' : 'wasm'))
    this.untilMeasured = chosen === null && this.running.backend === 'wasm' ? SERVE_FIRST : null
    this.say({ type: 'ready', backend: this.running.backend, model: file.name ?? MODEL })
  }

  async look(id: number, picture: ImageBitmap): Promise<void> {
    const { running } = this
    if (running === null) throw new Error('a look before the start')
    const from = performance.now()
    this.read(picture)
    const scores = await running.network.run(this.pixels)
    this.say({ type: 'looked', id, scores: [...scores], backend: running.backend, tookMs: performance.now() - from, tensors: memory().numTensors })
    if (this.untilMeasured !== null && --this.untilMeasured <= 0) await this.measure(running)
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

  private async begin(backend: Backend): Promise<Running> {
    await kernels[backend]()
    if (!(await setBackend(backend))) throw new Error(`no ${backend}`)
    const network = new Network(this.graph)
    await network.run(this.pixels)
    return { backend, network }
  }

  /** Tries the graphics card beside the processor, and stays with the faster one. */
  private async measure(wasm: Running): Promise<void> {
    this.untilMeasured = null
    const took = await this.time(wasm)
    const webgl = await this.begin('webgl').catch(() => null)
    const times: Times = { wasm: took, webgl: webgl === null ? null : await this.time(webgl) }
    const taken = webgl !== null && times.webgl !== null && times.webgl < took * CLEARLY ? webgl : wasm
    const given = taken === wasm ? webgl : wasm
    if (given !== null) {
      given.network.dispose()
      removeBackend(given.backend)
    }
    await setBackend(taken.backend)
    this.running = taken
    this.say({ type: 'measured', backend: taken.backend, times })
  }

  /** Milliseconds of a run, the middle one of several. */
  private async time({ network }: Running): Promise<number> {
    const took: number[] = []
    for (let i = 0; i < RUNS; i++) {
      const from = performance.now()
      await network.run(this.pixels)
      took.push(performance.now() - from)
    }
    return took.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0
  }
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address} answers ${response.status}`)
  return response
}
