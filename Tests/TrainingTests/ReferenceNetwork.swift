import CollapseCore
import LibC
import Networks
import Training

/// A batch of one shape in double precision, samples one after another, channels first.
struct ReferenceBatch {
  var shape: Shape
  var values: [Double]

  var count: Int { values.count / shape.elementCount }

  /// One sample's share of the values.
  func sample(_ index: Int) -> ArraySlice<Double> {
    values[index * shape.elementCount..<(index + 1) * shape.elementCount]
  }
}

/// Networks computed by their definitions, in double precision and by plain loops: what the
/// engine's layers are checked against. Gradients come from central differences.
struct ReferenceNetwork {
  var layers: [LayerDescription]
  /// By name, `features.0/weight`.
  var parameters: [String: [Double]]
  /// Moments that batch normalizations take in the place of the batch's, `features.1/running_mean`.
  var moments: [String: [Double]] = [:]

  init(_ network: CompiledNetwork) throws {
    layers = network.architecture.layers.map(\.description)
    parameters = Dictionary(
      uniqueKeysWithValues: try network.parameters().map {
        ($0.name, $0.tensor.values.map(Double.init))
      })
  }

  /// The output in training mode.
  func output(_ input: ReferenceBatch) -> ReferenceBatch { run(layers, input) }

  func run(_ layers: [LayerDescription], _ input: ReferenceBatch) -> ReferenceBatch {
    layers.reduce(input) { batch, description in
      func array(_ name: String) -> [Double]? { parameters["\(description.name)/\(name)"] }
      switch description.layer {
      case let layer as Dense: return dense(layer, batch, array("weight")!, array("bias"))
      case let layer as Embedding:
        return dense(Dense(outputs: layer.outputs, bias: false), batch, array("weight")!, nil)
      case is ReLU:
        return ReferenceBatch(shape: batch.shape, values: batch.values.map { max($0, 0) })
      case is Tanh:
        return ReferenceBatch(shape: batch.shape, values: batch.values.map { tanh($0) })
      case is Softplus:
        return ReferenceBatch(shape: batch.shape, values: batch.values.map { log1p(exp($0)) })
      case is GELU:
        return ReferenceBatch(
          shape: batch.shape, values: batch.values.map { $0 * erfc(-$0 / 2.0.squareRoot()) / 2 })
      case is Flatten:
        return ReferenceBatch(shape: [batch.shape.elementCount], values: batch.values)
      case let layer as BatchNormalization:
        func moment(_ name: String) -> [Double]? { moments["\(description.name)/\(name)"] }
        return normalized(
          layer, batch, array("weight"), array("bias"), moment("running_mean"),
          moment("running_var"))
      case let layer as Convolution:
        return convolution(layer, batch, array("weight")!, array("bias"))
      case let layer as MaxPooling:
        return pooled(layer.window, batch) { values, _ in values.max()! }
      case let layer as AveragePooling:
        return pooled(layer.window, batch) { $0.reduce(0, +) / Double($1) }
      case is GlobalAveragePooling:
        var means = pooled(Window(kernel: Array(batch.shape.dimensions[1...])), batch) {
          $0.reduce(0, +) / Double($1)
        }
        means.shape = [batch.shape[0]]
        return means
      case let layer as LayerNormalization:
        return normalized(layer, batch, array("weight"), array("bias"))
      case let layer as Residual:
        var sum = run(layer.body, batch)
        let side = run(layer.shortcut, batch)
        for index in sum.values.indices {
          let value = sum.values[index] + side.values[index]
          sum.values[index] = layer.rectifies ? max(value, 0) : value
        }
        return sum
      default: fatalError("no reference for layer '\(description.kind)'")
      }
    }
  }

  private func dense(
    _ layer: Dense, _ input: ReferenceBatch, _ weight: [Double], _ bias: [Double]?
  ) -> ReferenceBatch {
    let width = input.shape[0]
    var values: [Double] = []
    for index in 0..<input.count {
      let x = Array(input.sample(index))
      for output in 0..<layer.outputs {
        var sum = bias?[output] ?? 0
        for k in 0..<width { sum += weight[output * width + k] * x[k] }
        values.append(sum)
      }
    }
    return ReferenceBatch(shape: [layer.outputs], values: values)
  }

  private func normalized(
    _ layer: BatchNormalization, _ input: ReferenceBatch, _ scale: [Double]?, _ shift: [Double]?,
    _ givenMean: [Double]?, _ givenVariance: [Double]?
  ) -> ReferenceBatch {
    let channels = input.shape[0]
    let plane = input.shape.elementCount / channels
    var result = input
    for channel in 0..<channels {
      let places = (0..<input.count).flatMap { sample in
        (0..<plane).map { (sample * channels + channel) * plane + $0 }
      }
      let mean =
        givenMean?[channel] ?? places.reduce(0) { $0 + input.values[$1] } / Double(places.count)
      let variance =
        givenVariance?[channel] ?? places.reduce(0) {
          $0 + (input.values[$1] - mean) * (input.values[$1] - mean)
        }
        / Double(places.count)
      for place in places {
        result.values[place] =
          (scale?[channel] ?? 1) * (input.values[place] - mean)
          / (variance + layer.epsilon).squareRoot() + (shift?[channel] ?? 0)
      }
    }
    return result
  }
}

// MARK: Maps

extension ReferenceNetwork {
  private func convolution(
    _ layer: Convolution, _ input: ReferenceBatch, _ weight: [Double], _ bias: [Double]?
  ) -> ReferenceBatch {
    let shape = try! layer.outputShape(for: input.shape)
    let (channels, height, width) = (input.shape[0], input.shape[1], input.shape[2])
    let window = layer.window
    let (rows, columns) = (window.kernel[0], window.kernel[1])
    var values: [Double] = []
    for sample in 0..<input.count {
      let x = Array(input.sample(sample))
      for output in 0..<shape[0] {
        for py in 0..<shape[1] {
          for px in 0..<shape[2] {
            var sum = bias?[output] ?? 0
            for channel in 0..<channels {
              for ky in 0..<rows {
                let y = py * window.stride[0] + ky - window.padding[0]
                if y < 0 || y >= height { continue }
                for kx in 0..<columns {
                  let column = px * window.stride[1] + kx - window.padding[1]
                  if column < 0 || column >= width { continue }
                  sum +=
                    weight[((output * channels + channel) * rows + ky) * columns + kx]
                    * x[(channel * height + y) * width + column]
                }
              }
            }
            values.append(sum)
          }
        }
      }
    }
    return ReferenceBatch(shape: shape, values: values)
  }

  /// - Parameter body: the numbers on the map under a window, and the window's area.
  private func pooled(
    _ window: Window, _ input: ReferenceBatch, _ body: ([Double], Int) -> Double
  ) -> ReferenceBatch {
    let (channels, height, width) = (input.shape[0], input.shape[1], input.shape[2])
    let rows = (height + 2 * window.padding[0] - window.kernel[0]) / window.stride[0] + 1
    let columns = (width + 2 * window.padding[1] - window.kernel[1]) / window.stride[1] + 1
    var values: [Double] = []
    for plane in 0..<input.count * channels {
      for py in 0..<rows {
        for px in 0..<columns {
          var seen: [Double] = []
          for ky in 0..<window.kernel[0] {
            for kx in 0..<window.kernel[1] {
              let y = py * window.stride[0] + ky - window.padding[0]
              let x = px * window.stride[1] + kx - window.padding[1]
              if y >= 0, y < height, x >= 0, x < width {
                seen.append(input.values[(plane * height + y) * width + x])
              }
            }
          }
          values.append(body(seen, window.kernel[0] * window.kernel[1]))
        }
      }
    }
    return ReferenceBatch(shape: [channels, rows, columns], values: values)
  }

  private func normalized(
    _ layer: LayerNormalization, _ input: ReferenceBatch, _ scale: [Double]?, _ shift: [Double]?
  ) -> ReferenceBatch {
    let size = input.shape.elementCount
    var result = input
    for sample in 0..<input.count {
      let x = Array(input.sample(sample))
      let mean = x.reduce(0, +) / Double(size)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
      for index in 0..<size {
        result.values[sample * size + index] =
          (scale?[index] ?? 1) * (x[index] - mean) / (variance + layer.epsilon).squareRoot()
          + (shift?[index] ?? 0)
      }
    }
    return result
  }
}

extension ReferenceNetwork {
  /// Mean cross-entropy.
  static func crossEntropy(_ logits: ReferenceBatch, _ labels: [Int32]) -> Double {
    var loss = 0.0
    for (index, label) in labels.enumerated() {
      let row = Array(logits.sample(index))
      let largest = row.max()!
      loss += log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[Int(label)]
    }
    return loss / Double(labels.count)
  }

  /// The gradient of `loss` by one parameter, by central differences.
  func gradient(
    of name: String, step: Double = 1e-5, _ loss: (ReferenceNetwork) -> Double
  ) -> [Double] {
    var network = self
    return parameters[name]!.indices.map { index in
      let value = parameters[name]![index]
      network.parameters[name]![index] = value + step
      let above = loss(network)
      network.parameters[name]![index] = value - step
      let below = loss(network)
      network.parameters[name]![index] = value
      return (above - below) / (2 * step)
    }
  }
}
