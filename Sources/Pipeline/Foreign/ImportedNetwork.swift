public import CollapseCore
import LibC
public import Networks
public import Training

/// A network of another framework as a checkpoint of ours, and what speaks for it.
public struct ImportedNetwork: Sendable {
  /// What shows that the network is put together as it was trained.
  public enum Confirmation: Sendable, Hashable {
    /// Outputs stated for the first samples agree: their number, and the largest difference as a
    /// share of the largest output.
    case logits(count: Int, difference: Double)
    /// Running moments, if there are any, and so many right answers as guessing does not give.
    case accuracy(Double, samples: Int)
    /// Nothing: it was to be trusted.
    case none
  }

  public let checkpoint: NamedTensors
  public let mapping: NetworkMapping
  /// What the network's running moments say; `nil` without data.
  public let probe: MomentProbe?
  public let confirmation: Confirmation
  /// Readings of the arrays that did not fit, and how they differ.
  public let rejected: [String]
}

extension ImportedNetwork {
  /// What was found, for people.
  public var summary: [String] {
    var lines = [
      "\(mapping.pairs.count) arrays, \(mapping.architecture.parameterCount) parameters, "
        + "\(mapping.classCount) classes, samples of shape \(mapping.architecture.input)"
    ]
    lines += [PreprocessingRecord(checkpoint)].compactMap { $0?.text }
    lines += mapping.assumptions.map { "taken: \($0)" }
    lines += rejected.map { "does not fit: \($0)" }
    if let probe, let worst = probe.worst {
      lines.append(
        "\(probe.rows.count) batch normalizations: inputs are within \(rounded(worst.shift)) σ and a "
          + "factor \(rounded(exp(worst.logVariance))) of the moments they keep"
          + (probe.fits ? "" : ", which does not fit") + " (worst '\(worst.layer)')")
    }
    return lines + [confirmation.line]
  }
}

extension ImportedNetwork.Confirmation {
  /// The same, for people.
  var line: String {
    switch self {
    case .logits(let count, let difference):
      "outputs of \(count) samples agree with those stated within \(difference.shortestText)"
    case .accuracy(let accuracy, let count): "accuracy \(rounded(accuracy)) on \(count) samples"
    case .none: "not checked"
    }
  }
}

private func rounded(_ value: Double) -> String {
  ((value * 1e4).rounded() / 1e4).shortestText
}
