/** TensorFlow.js on the graphics card, with the kernels that the network needs and no others. */
import '@tensorflow/tfjs-backend-webgl/dist/base'
import { registerKernel } from '@tensorflow/tfjs-core'
import { _fusedMatMulConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/_FusedMatMul'
import { addConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Add'
import { avgPoolConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/AvgPool'
import { castConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Cast'
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/FusedConv2D'
import { fusedDepthwiseConv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/FusedDepthwiseConv2D'
import { identityConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Identity'
import { multiplyConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Multiply'
import { reshapeConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Reshape'
import { softmaxConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Softmax'
import { subConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Sub'

/** A card that is none: the processor in disguise, slower than wasm and long at compiling. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render/i

const context = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: true })
if (context === null) throw new Error('no graphics card')
const details = context.getExtension('WEBGL_debug_renderer_info')
const renderer = String(context.getParameter(details?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER))
context.getExtension('WEBGL_lose_context')?.loseContext()
if (software.test(renderer)) throw new Error(`no graphics card: ${renderer}`)

for (const config of [
  addConfig,
  avgPoolConfig,
  castConfig,
  fusedConv2DConfig,
  fusedDepthwiseConv2DConfig,
  _fusedMatMulConfig,
  identityConfig,
  multiplyConfig,
  reshapeConfig,
  softmaxConfig,
  subConfig,
]) {
  registerKernel(config)
}
