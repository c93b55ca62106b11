/** TensorFlow.js on the processor, with the kernels that the network needs and no others. */
import { env, registerKernel } from '@tensorflow/tfjs-core'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm/dist/base'
import { _fusedMatMulConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/_FusedMatMul'
import { addConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Add'
import { avgPoolConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/AvgPool'
import { castConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Cast'
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedConv2D'
import { fusedDepthwiseConv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedDepthwiseConv2D'
import { identityConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Identity'
import { multiplyConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Multiply'
import { reshapeConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape'
import { softmaxConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Softmax'
import { subConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Sub'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'

// Threads want a page that is isolated from other origins, which this one is not: their binary is never asked for.
env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
setWasmPaths({ 'tfjs-backend-wasm.wasm': plain, 'tfjs-backend-wasm-simd.wasm': simd, 'tfjs-backend-wasm-threaded-simd.wasm': simd })

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
