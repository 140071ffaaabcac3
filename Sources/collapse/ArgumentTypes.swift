public import ArgumentParser
public import Datasets
public import FeatureStore
public import NeuralCollapse
public import Pipeline
public import Reporting
public import Training

// The words of the libraries that are words of the command line too.

extension DatasetConversion.Format: ExpressibleByArgument {}
extension LabelKind: ExpressibleByArgument {}
extension FeatureFileOptions.UInt16Meaning: ExpressibleByArgument {}
extension Convention.Centering: ExpressibleByArgument {}
extension Convention.WithinWeights: ExpressibleByArgument {}
extension Convention.BetweenWeights: ExpressibleByArgument {}
extension Convention.Deviation: ExpressibleByArgument {}
extension Stage: ExpressibleByArgument {}
extension TableFormat: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument {}
extension AlgorithmPolicy: ExpressibleByArgument {}

extension ImageSize: ExpressibleByArgument {
  /// `48x32`: width, then height.
  public init?(argument: String) {
    let parts = argument.split(separator: "x").compactMap { Int($0) }
    guard parts.count == 2, parts.allSatisfy({ $0 > 0 }) else { return nil }
    self.init(width: parts[0], height: parts[1])
  }
}
