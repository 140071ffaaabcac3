import COneDNN
import CollapseCore
import Networks

extension Convolution: TakesNormalization {
  func lower(
    _ received: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    let input = try builder.inPrecision(received)
    let compiler = try ConvolutionCompiler(
      self, source: input.value.layout, resultSize: builder.dimensions(place.output),
      arrays: place.parameters, builder)
    return try compiler.compile(input, shape: place.output)
  }
}

extension Window {
  var native: conednn_window {
    conednn_window(
      kernel: (Int64(kernel[0]), Int64(kernel[1])), strides: (Int64(stride[0]), Int64(stride[1])),
      padding_before: (Int64(padding[0]), Int64(padding[1])),
      padding_after: (Int64(padding[0]), Int64(padding[1])))
  }
}
