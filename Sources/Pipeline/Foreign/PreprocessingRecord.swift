public import CollapseCore
public import Datasets

/// How images are prepared, as a checkpoint keeps it: the sizes and channels here, the affine map
/// in its `normalization`.
public struct PreprocessingRecord: Codable, Sendable, Hashable {
  /// The shorter side, or width and height.
  let resize: [Int]?
  /// Width and height.
  let crop: [Int]?
  let channels: Int?
  /// Of the affine map, for bytes divided by 255, for whoever reads the checkpoint.
  let means: [Double]?
  let standardDeviations: [Double]?

  public init(_ preprocessing: Preprocessing) {
    resize =
      switch preprocessing.geometry.resize {
      case nil: nil
      case .exactly(let size): [size.width, size.height]
      case .shorterSide(let side): [side]
      }
    crop = preprocessing.geometry.crop.map { [$0.width, $0.height] }
    channels = preprocessing.channels
    means = preprocessing.normalization?.means.map { $0 / 255 }
    standardDeviations = preprocessing.normalization?.standardDeviations.map { $0 / 255 }
  }

  /// What is done to images, for people.
  public var text: String {
    func list(_ numbers: [Double]) -> String {
      numbers.map { (($0 * 1e6).rounded() / 1e6).shortestText }.joined(separator: ", ")
    }
    var parts: [String] = []
    if let resize {
      parts.append(
        resize.count == 1
          ? "shorter side \(resize[0])" : resize.map(String.init).joined(separator: "×"))
    }
    if let crop { parts.append("crop \(crop.map(String.init).joined(separator: "×"))") }
    if let channels { parts.append("\(channels) channels") }
    if let means, let standardDeviations {
      parts.append("mean \(list(means)), deviation \(list(standardDeviations)) of bytes / 255")
    }
    return "samples: " + (parts.isEmpty ? "as they are" : parts.joined(separator: ", "))
  }

  /// The record in a checkpoint; `nil` where it has none.
  public init?(_ checkpoint: NamedTensors) {
    guard case .string(let text)? = checkpoint.attributes["preprocessing"],
      let record = try? JSONText.decode(Self.self, from: text.utf8)
    else { return nil }
    self = record
  }

  /// What is to be done to images; the affine map is the checkpoint's.
  public var preprocessing: Preprocessing {
    func size(_ sides: [Int]?) -> ImageSize? {
      guard let sides, sides.count == 2, sides.allSatisfy({ (1...65_536).contains($0) }) else {
        return nil
      }
      return ImageSize(width: sides[0], height: sides[1])
    }
    var result = Preprocessing(channels: channels == 3 ? 3 : nil)
    result.geometry.crop = size(crop)
    if let resize, resize.count == 1, (1...65_536).contains(resize[0]) {
      result.geometry.resize = .shorterSide(resize[0])
    } else if let size = size(resize) {
      result.geometry.resize = .exactly(size)
    }
    return result
  }
}
