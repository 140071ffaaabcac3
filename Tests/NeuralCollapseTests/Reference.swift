import CollapseCore
import FoundationEssentials
import LibC
import NeuralCollapse
import TestSupport
import Testing

/// Values of the independent reference, by convention and key; `nil` where it has none.
typealias ReferenceValues = [String: [String: Double?]]

enum Reference {
  /// A Python with NumPy, which h5py brings.
  static let environment = PythonEnvironment.with(["h5py"])

  /// The reference's values of its own deterministic case, as committed.
  static let golden: ReferenceValues = {
    let path = goldens + "/golden.json"
    return try! JSONDecoder().decode(
      ReferenceValues.self, from: Data(contentsOf: URL(filePath: path)))
  }()

  /// The reference's values of the grid, from one run of it.
  static let grid: [String: ReferenceValues] = values(of: FeatureCase.grid)

  static func values(of cases: [FeatureCase]) -> [String: ReferenceValues] {
    let folder = TemporaryFolder()
    for (index, item) in cases.enumerated() { folder.write(item.bytes, to: "\(index).case") }
    let script =
      "import runpy, sys; sys.path.insert(0, sys.argv[1])\n"
      + "sys.argv = ['', sys.argv[2]]; runpy.run_module('reference', run_name='__main__')"
    _ = try! environment.run(script, [goldens, folder.path])
    return Dictionary(
      uniqueKeysWithValues: cases.enumerated().map { index, item in
        let data = try! Data(contentsOf: URL(filePath: folder("\(index).json")))
        return (item.name, try! JSONDecoder().decode(ReferenceValues.self, from: data))
      })
  }

  private static let goldens: String = {
    var url = URL(filePath: #filePath)
    url.deleteLastPathComponent()
    return url.appending(path: "Goldens").path
  }()
}

extension FeatureCase {
  /// The case as `reference.py` reads it.
  fileprivate var bytes: [UInt8] {
    let header = [
      sampleCount, dimension, classifier?.classCount ?? 0, classifier?.bias == nil ? 0 : 1,
    ]
    let integers = header.map { Int64($0) } + labels
    let numbers = features + (classifier?.weights.elements ?? []) + (classifier?.bias ?? [])
    return integers.flatMap { word in withUnsafeBytes(of: word.littleEndian, Array.init) }
      + numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian, Array.init)
      }
  }
}

/// Holds every measure of `report` against the reference: relative error ≤ 1e−9, beside what the
/// reference itself loses, or a stated reason.
func expectEqual(
  _ report: CollapseReport, _ reference: [String: Double?], allowing reasons: Set<String> = [],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for (key, expected) in reference where !["samples", "classes", "dimension"].contains(key) {
    guard let measurement = report[key] else {
      Issue.record("\(key) is missing", sourceLocation: sourceLocation)
      continue
    }
    switch measurement {
    case .undefined(let reason):
      #expect(
        expected == nil || reasons.contains(reason), "\(key) is undefined: \(reason)",
        sourceLocation: sourceLocation)
    case .value(let value):
      guard let expected else { continue }
      let tolerance =
        1e-9 * abs(expected)
        + referenceRounding(of: key, crossEntropy: (reference["cross_entropy"] ?? nil) ?? 1)
      #expect(
        abs(value - expected) <= tolerance, "\(key): \(value), the reference has \(expected)",
        sourceLocation: sourceLocation)
    }
  }
}

/// What the reference loses in absolute terms where it forms differences of numbers near 1 or near
/// the logits: some units of 2⁻⁵² times their size. The variability measures, the deficit of the
/// cosines and the bounded fraction are sums of squares and lose nothing.
private func referenceRounding(of key: String, crossEntropy: Double) -> Double {
  switch key {
  // 1 − a trace of pseudo-inverses where Σ_W is singular.
  case "nc1_vci": 2e-13
  case _ where key.hasPrefix("nc1_") || key.hasSuffix("_deficit_max"): 1e-30
  case "within_trace", "within_norm_fraction": 1e-30
  // Least squares onto features of any scale beside the bias's 1: the smaller they are, the worse
  // its condition, which rounding is multiplied by in the reference and here.
  case _ where key.hasPrefix("mse_"): 1e-11
  // Logarithms of a cross-entropy that is itself the logarithm of a number near 1.
  case "optimality_log_ratio", "collapse_certificate_from_loss": 2e-14 + 1e-15 / crossEntropy
  default: 2e-14
  }
}
