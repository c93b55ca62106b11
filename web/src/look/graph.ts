/**
 * The network's file: TensorFlow's graph as JSON and weights beside it, read
 * without the converter of TensorFlow.js, which would bring every operation there
 * is. An operation this page does not know is an error, not a guess.
 */

/** A step of the network, with what it needs of TensorFlow's attributes. */
export type Node =
  | { readonly op: 'input' }
  | { readonly op: 'constant'; readonly shape: readonly number[]; readonly values: Float32Array }
  | { readonly op: 'multiply' | 'subtract' | 'add'; readonly inputs: readonly [number, number] }
  | { readonly op: 'convolve' | 'convolveEach'; readonly inputs: readonly [number, number, number]; readonly stride: number; readonly relu6: boolean }
  | { readonly op: 'average'; readonly inputs: readonly [number]; readonly window: number }
  | { readonly op: 'flatten' | 'softmax'; readonly inputs: readonly [number] }
  | { readonly op: 'connect'; readonly inputs: readonly [number, number, number] }

/** Steps in an order in which each comes after its inputs, which are given by place; the last one is the answer. */
export type Graph = readonly Node[]

interface Attribute {
  readonly s?: string
  readonly b?: boolean
  readonly list?: { readonly i?: readonly string[]; readonly s?: readonly string[] }
}

interface RawNode {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
  readonly attr?: Readonly<Record<string, Attribute>>
}

interface RawWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: { readonly dtype: string; readonly min: number; readonly scale: number }
}

/** The part of model.json that is read. */
export interface ModelFile {
  readonly modelTopology: { readonly node: readonly RawNode[] }
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly RawWeight[] }[]
}

/** Puts both files together. bytes are those of all weight files, in order. */
export function readGraph(file: ModelFile, bytes: ArrayBuffer): Graph {
  const weights = readWeights(file, bytes)
  const places = new Map<string, number>()
  const nodes: Node[] = []
  for (const raw of file.modelTopology.node) {
    const inputs = (raw.input ?? []).filter((name) => !name.startsWith('^')).map((name) => place(places, name))
    // An identity is the step it repeats.
    if (raw.op === 'Identity') {
      places.set(raw.name, required(inputs[0], raw))
      continue
    }
    places.set(raw.name, nodes.length)
    nodes.push(readNode(raw, inputs, weights))
  }
  return nodes
}

function place(places: ReadonlyMap<string, number>, name: string): number {
  const found = places.get(name.replace(/:0$/, ''))
  if (found === undefined) throw new Error(`model: no step ${name} before it is used`)
  return found
}

function readNode(raw: RawNode, inputs: readonly number[], weights: ReadonlyMap<string, Extract<Node, { op: 'constant' }>>): Node {
  const one = () => [required(inputs[0], raw)] as const
  const two = () => [required(inputs[0], raw), required(inputs[1], raw)] as const
  const three = () => [required(inputs[0], raw), required(inputs[1], raw), required(inputs[2], raw)] as const
  switch (raw.op) {
    case 'Placeholder':
      return { op: 'input' }
    case 'Const':
      return required(weights.get(raw.name), raw)
    case 'Mul':
      return { op: 'multiply', inputs: two() }
    case 'Sub':
      return { op: 'subtract', inputs: two() }
    case 'AddV2':
      return { op: 'add', inputs: two() }
    case '_FusedConv2D':
    case 'FusedDepthwiseConv2dNative': {
      expect(raw, 'padding', word(raw, 'padding') === 'SAME')
      expect(raw, 'data_format', word(raw, 'data_format') === 'NHWC')
      expect(raw, 'dilations', square(raw, 'dilations') === 1)
      return { op: raw.op === '_FusedConv2D' ? 'convolve' : 'convolveEach', inputs: three(), stride: square(raw, 'strides'), relu6: fused(raw) }
    }
    case 'AvgPool':
      expect(raw, 'padding', word(raw, 'padding') === 'VALID')
      expect(raw, 'strides', square(raw, 'strides') === 1)
      return { op: 'average', inputs: one(), window: square(raw, 'ksize') }
    case 'Squeeze':
      expect(raw, 'squeeze_dims', String(raw.attr?.['squeeze_dims']?.list?.i) === '1,2')
      return { op: 'flatten', inputs: one() }
    case '_FusedMatMul':
      expect(raw, 'transpose', raw.attr?.['transpose_a']?.b !== true && raw.attr?.['transpose_b']?.b !== true)
      expect(raw, 'fused_ops', !fused(raw))
      return { op: 'connect', inputs: three() }
    case 'Softmax':
      return { op: 'softmax', inputs: one() }
    default:
      throw new Error(`model: no operation ${raw.op} here, which ${raw.name} needs`)
  }
}

/** TensorFlow keeps words in base64. */
function word(raw: RawNode, name: string): string {
  return atob(raw.attr?.[name]?.s ?? '')
}

/** Of [1, n, n, 1] the n. */
function square(raw: RawNode, name: string): number {
  const [batch, height, width, depth] = (raw.attr?.[name]?.list?.i ?? []).map(Number)
  expect(raw, name, batch === 1 && depth === 1 && height === width)
  return required(height, raw)
}

/** What is done to the sums right away: a bias always, and maybe a cut at 0 and 6. */
function fused(raw: RawNode): boolean {
  const names = (raw.attr?.['fused_ops']?.list?.s ?? []).map(atob).join()
  expect(raw, 'fused_ops', names === 'BiasAdd' || names === 'BiasAdd,Relu6')
  return names === 'BiasAdd,Relu6'
}

function expect(raw: RawNode, name: string, holds: boolean): void {
  if (!holds) throw new Error(`model: ${raw.op} with another ${name} than is known here, at ${raw.name}`)
}

function required<T>(value: T | undefined, raw: RawNode): T {
  if (value === undefined) throw new Error(`model: ${raw.name} lacks something`)
  return value
}

function readWeights(file: ModelFile, bytes: ArrayBuffer): Map<string, Extract<Node, { op: 'constant' }>> {
  const found = new Map<string, Extract<Node, { op: 'constant' }>>()
  let at = 0
  for (const { name, shape, dtype, quantization } of file.weightsManifest.flatMap((group) => group.weights)) {
    if (dtype !== 'float32') throw new Error(`model: weights ${name} are ${dtype}`)
    const count = shape.reduce((product, side) => product * side, 1)
    const size = count * (quantization === undefined ? 4 : 1)
    if (at + size > bytes.byteLength) throw new Error('model: its weights are cut off')
    found.set(name, { op: 'constant', shape, values: quantization === undefined ? new Float32Array(bytes.slice(at, at + size)) : spread(new Uint8Array(bytes, at, size), quantization) })
    at += size
  }
  if (at !== bytes.byteLength) throw new Error('model: more weights than it names')
  return found
}

/** Weights kept in a byte each. */
function spread(bytes: Uint8Array, { dtype, min, scale }: { readonly dtype: string; readonly min: number; readonly scale: number }): Float32Array {
  if (dtype !== 'uint8') throw new Error(`model: weights kept as ${dtype}`)
  const values = new Float32Array(bytes.length)
  // Four million of them: a loop, not a function for each.
  for (let i = 0; i < values.length; i++) values[i] = (bytes[i] ?? 0) * scale + min
  return values
}
