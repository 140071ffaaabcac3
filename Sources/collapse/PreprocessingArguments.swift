import ArgumentParser
import Datasets

/// What becomes of images before a network sees them.
struct PreprocessingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      Preprocessing.presets.map(\.name).joined(separator: ", ")
        + ". Options below take precedence.",
      discussion: "Without one, samples are normalized as in the network's training."),
    completion: .list(Preprocessing.presets.map(\.name)))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "Cut this size out of the middle, after --resize.", valueName: "side|widthxheight"))
  var crop: ResizeArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Means per channel, of pixels from 0 to 1.", valueName: "r,g,b"))
  var mean: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Standard deviations per channel, of pixels from 0 to 1.", valueName: "r,g,b"))
  var std: String?

  /// What the options say together; `nil` where there are none.
  func preprocessing() throws -> Preprocessing? {
    var result: Preprocessing?
    if let preset {
      guard let found = Preprocessing.presets.first(where: { $0.name == preset }) else {
        throw WrongUsage(
          "no preset '\(preset)'; there are "
            + Preprocessing.presets.map(\.name).joined(separator: ", "))
      }
      result = found.preprocessing
    }
    if let crop {
      result = result ?? Preprocessing()
      result?.geometry.crop =
        switch crop.resize {
        case .exactly(let size): size
        case .shorterSide(let side): ImageSize(width: side, height: side)
        }
    }
    if mean != nil || std != nil {
      guard let mean, let std else { throw WrongUsage("--mean and --std go together") }
      let (means, deviations) = (try numbers(mean, "--mean"), try numbers(std, "--std"))
      guard means.count == deviations.count else {
        throw WrongUsage(
          "--mean has \(means.count) numbers and --std \(deviations.count), expected one for each "
            + "channel")
      }
      guard deviations.allSatisfy({ $0 > 0 }) else {
        throw WrongUsage("--std is '\(std)', expected numbers above 0")
      }
      result = result ?? Preprocessing()
      result?.normalization = Preprocessing.normalization(
        means: means, standardDeviations: deviations)
    }
    return result
  }

  private func numbers(_ text: String, _ option: String) throws -> [Double] {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == words.count else {
      throw WrongUsage("\(option) is '\(text)', expected numbers separated by commas")
    }
    return numbers
  }
}
