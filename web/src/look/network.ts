/** A graph made to run by TensorFlow.js, on whatever backend is set while it lives. */
import { add, avgPool, dispose, fused, keep, mul, reshape, softmax, sub, tensor, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'

import type { Graph, Node } from './graph'
import { SIDE } from './pixels'

export class Network {
  private readonly graph: Graph
  private readonly constants: ReadonlyMap<Node, Tensor>

  constructor(graph: Graph) {
    this.graph = graph
    this.constants = new Map(graph.flatMap((node) => (node.op === 'constant' ? [[node, keep(tensor(node.values, [...node.shape], 'float32'))] as const] : [])))
  }

  /** SIDE x SIDE x 3 numbers 0..1 in, one for each class out. No tensor outlives it. */
  async run(pixels: Float32Array): Promise<Float32Array> {
    const out = tidy(() => this.calculate(tensor(pixels, [1, SIDE, SIDE, 3], 'float32')))
    try {
      return (await out.data<'float32'>()).slice()
    } finally {
      out.dispose()
    }
  }

  dispose(): void {
    dispose([...this.constants.values()])
  }

  private calculate(input: Tensor): Tensor {
    const values: Tensor[] = []
    const value = <T extends Tensor>(place: number): T => {
      const found = values[place]
      if (found === undefined) throw new Error('model: a step before its input')
      return found as T
    }
    for (const node of this.graph) values.push(node.op === 'input' ? input : node.op === 'constant' ? constant(this.constants, node) : step(node, value))
    return value(values.length - 1)
  }
}

function constant(constants: ReadonlyMap<Node, Tensor>, node: Node): Tensor {
  const found = constants.get(node)
  if (found === undefined) throw new Error('model: a constant that was never read')
  return found
}

function step(node: Exclude<Node, { op: 'input' | 'constant' }>, value: <T extends Tensor>(place: number) => T): Tensor {
  switch (node.op) {
    case 'multiply':
      return mul(value(node.inputs[0]), value(node.inputs[1]))
    case 'subtract':
      return sub(value(node.inputs[0]), value(node.inputs[1]))
    case 'add':
      return add(value(node.inputs[0]), value(node.inputs[1]))
    case 'convolve':
    case 'convolveEach': {
      const [x, filter, bias] = node.inputs
      const how = {
        x: value<Tensor4D>(x),
        filter: value<Tensor4D>(filter),
        bias: value(bias),
        strides: [node.stride, node.stride] as [number, number],
        pad: 'same' as const,
        activation: node.relu6 ? ('relu6' as const) : ('linear' as const),
      }
      return node.op === 'convolve' ? fused.conv2d(how) : fused.depthwiseConv2d(how)
    }
    case 'average':
      return avgPool(value<Tensor4D>(node.inputs[0]), node.window, 1, 'valid')
    case 'flatten': {
      const x = value(node.inputs[0])
      return reshape(x, [1, x.size])
    }
    case 'connect':
      return fused.matMul({ a: value<Tensor2D>(node.inputs[0]), b: value<Tensor2D>(node.inputs[1]), bias: value(node.inputs[2]) })
    case 'softmax':
      return softmax(value(node.inputs[0]))
  }
}
