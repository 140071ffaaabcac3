public import ArgumentParser
public import Arrays
public import CollapseCore
public import Datasets
public import Networks
public import NeuralCollapse
public import Pipeline
public import Reporting
public import Training

// The words of the libraries that are words of the command line too.

extension DatasetConversion.Format: ExpressibleByArgument {}
extension AlgorithmPolicy: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension LabelKind: ExpressibleByArgument {}
extension UInt16Meaning: ExpressibleByArgument {}
extension ClassOrder: ExpressibleByArgument {}
extension Convention.Centering: ExpressibleByArgument {}
extension Convention.WithinWeights: ExpressibleByArgument {}
extension Convention.BetweenWeights: ExpressibleByArgument {}
extension Convention.Deviation: ExpressibleByArgument {}
extension PairTables: ExpressibleByArgument {}
extension RunRemoval.Part: ExpressibleByArgument {}
extension Stage: ExpressibleByArgument {}
extension TableFormat: ExpressibleByArgument {}

extension FeaturePooling: ExpressibleByArgument {}

extension Shape: ExpressibleByArgument {
  /// `3x32x32`, `3×32×32` or `3,32,32`: channels, height, width; or the length of a vector.
  public init?(argument: String) {
    let parts = argument.split(omittingEmptySubsequences: false) { "x×,".contains($0) }
      .map { Int($0) }
    let dimensions = parts.compactMap { $0 }
    guard dimensions.count == parts.count, dimensions.allSatisfy({ $0 > 0 }),
      Shape.elementCount(of: dimensions).map({ $0 < 1 << 30 }) ?? false
    else { return nil }
    self.init(dimensions)
  }
}

/// `48x32`, or the length of the shorter side.
struct ResizeArgument: ExpressibleByArgument {
  let resize: ImageGeometry.Resize

  init?(argument: String) {
    if let side = Int(argument) {
      guard side > 0 else { return nil }
      resize = .shorterSide(side)
    } else if let size = ImageSize(argument: argument) {
      resize = .exactly(size)
    } else {
      return nil
    }
  }
}

extension ImageSize: ExpressibleByArgument {
  /// `48x32`: width, then height.
  public init?(argument: String) {
    let parts = argument.split(separator: "x").compactMap { Int($0) }
    guard parts.count == 2, parts.allSatisfy({ $0 > 0 }) else { return nil }
    self.init(width: parts[0], height: parts[1])
  }
}
extension NormalizationStatistics: ExpressibleByArgument {}
