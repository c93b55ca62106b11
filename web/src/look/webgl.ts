/** TensorFlow.js on the graphics card, with the kernels that the network needs and no others. */
import '@tensorflow/tfjs-backend-webgl/dist/base'
import { registerKernel } from '@tensorflow/tfjs-core'
import { _fusedMatMulConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/_FusedMatMul'
import { addConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Add'
import { avgPoolConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/AvgPool'
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/FusedConv2D'
import { fusedDepthwiseConv2DConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/FusedDepthwiseConv2D'
import { identityConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Identity'
import { multiplyConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Multiply'
import { reshapeConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Reshape'
import { softmaxConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Softmax'
import { subConfig } from '@tensorflow/tfjs-backend-webgl/dist/kernels/Sub'

for (const config of [
  addConfig,
  avgPoolConfig,
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
