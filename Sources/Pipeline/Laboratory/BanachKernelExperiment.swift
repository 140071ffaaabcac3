import CollapseCore
import Laboratory

/// Gradient descent as learning in a reproducing kernel Banach space: the exact kernel of a step, the
/// power series of networks in a step, and the tangent kernel as their first term.
struct BanachKernelExperiment: Experiment {
  static let kind = "shilton-2023-rkbs"
  static let summary = "the exact kernel of a step of descent, its power series, its first term"
  static let version = "1"

  var sampleCount = 20
  var inputCount = 5
  var wideInputCount = 64
  var width = 16
  var steps = 200
  var learningRate = 0.1
  var nodes = 8
  var order = 30
  var radiusShares = [0.3, 0.6, 1.25, 1.6]
  var rates = [0.1, 0.05, 0.025, 0.0125]
  var widths = [16, 64, 256, 1024, 4096]
  var kernelWidths = [100, 1000, 10_000, 100_000]
  var seeds = 12

  static var standard: BanachKernelExperiment { BanachKernelExperiment() }

  static var fields: [Field<BanachKernelExperiment>] {
    [
      Field("sampleCount", \.sampleCount, "N, samples trained on.", range: .atLeast(2)),
      Field("inputCount", \.inputCount, "Inputs of every network.", range: .atLeast(1)),
      Field(
        "wideInputCount", \.wideInputCount, "Inputs of a second set of networks by width.",
        range: .atLeast(1)),
      Field("width", \.width, "The width of hidden layers.", range: .atLeast(1)),
      Field("steps", \.steps, "Steps of full-batch descent.", range: .atLeast(1)),
      Field("learningRate", \.learningRate, "η of these steps.", range: .positive),
      Field(
        "nodes", \.nodes, "Nodes of Gauss's quadrature along a step.", range: .closed(4...64)),
      Field("order", \.order, "The last term of power series.", range: .closed(16...200)),
      Field(
        "radiusShares", \.radiusShares,
        "Lengths of steps as shares of the radius of convergence.", range: .positive),
      Field("rates", \.rates, "Values of η for the first term's error.", range: .positive),
      Field("widths", \.widths, "Widths for the first term's error.", range: .atLeast(1)),
      Field(
        "kernelWidths", \.kernelWidths, "Widths for the tangent kernel of two layers with ReLUs.",
        range: .atLeast(1)),
      Field("seeds", \.seeds, "Networks and draws of samples.", range: .atLeast(1)),
    ]
  }

  static let smooth: [DenseNetwork.Activation] = [.square, .tanh, .softplus]

  struct Task: Sendable {
    var activation: DenseNetwork.Activation
    var layers: Int
    var seed: UInt64
  }

  struct WidthTask: Sendable {
    var inputs: Int
    var width: Int
    var seed: UInt64
  }

  private func tasks(_ activations: [DenseNetwork.Activation]) -> [Task] {
    activations.flatMap { activation in
      [2, 3].flatMap { layers in
        (1...seeds).map { Task(activation: activation, layers: layers, seed: UInt64($0)) }
      }
    }
  }

  var parts: [ExperimentPart] {
    let byWidth = [inputCount, wideInputCount].flatMap { inputs in
      widths.flatMap { width in
        (1...seeds).map { WidthTask(inputs: inputs, width: width, seed: UInt64($0)) }
      }
    }
    let kernels = kernelWidths.flatMap { width in
      (1...seeds).map { WidthTask(inputs: inputCount, width: width, seed: UInt64($0)) }
    }
    return [
      ExperimentPart(
        "steps", "descent, with the kernel of every step", over: tasks(Self.smooth),
        observe: descend),
      ExperimentPart(
        "quadrature", "one step, by the number of nodes",
        over: tasks(Self.smooth + [.relu]), observe: integrate),
      ExperimentPart(
        "series", "power series in a step", over: tasks(Self.smooth), observe: expand),
      ExperimentPart(
        "rates", "the tangent kernel by learning rate", over: tasks(Self.smooth),
        observe: linearize),
      ExperimentPart(
        "widths", "the tangent kernel by width", over: byWidth, observe: widen),
      ExperimentPart(
        "rectified-kernel", "the tangent kernel of ReLUs by width", over: kernels,
        observe: compareKernels),
      ExperimentPart(
        "linear", "descent of a linear model", over: [1, 10, 137, 1000], observe: descendLinearly),
    ]
  }
}
