import CollapseCore
import Datasets

/// Reads a data set once and says how long it took, for `scripts/compare-decoding`.
///
///     decoding-benchmark read PATH       images and seconds, listing of folders included
///     decoding-benchmark png SOURCE PATH writes SOURCE as a folder of PNG files
@main struct DecodingBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("read", 2):
      let clock = ContinuousClock()
      let start = clock.now
      let dataset = try DatasetReader.read(arguments.last!)
      let seconds = (clock.now - start) / .seconds(1)
      print(dataset.splits.reduce(0) { $0 + $1.images.count }, seconds)
    case ("png", 3):
      let dataset = try DatasetReader.read(arguments[arguments.startIndex + 1])
      try DatasetWriter.write(dataset, to: arguments.last!, format: .png)
    default:
      print("usage: decoding-benchmark read PATH | png SOURCE PATH")
    }
  }
}
