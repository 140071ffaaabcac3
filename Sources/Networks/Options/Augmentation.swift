import CollapseCore

/// Random changes to the training images, new in every epoch; no others are seen by evaluation
/// and feature extraction.
public struct Augmentation: Sendable, Hashable {
  /// Pixels of zeros (after normalization) around an image, of which a part of its size is cut
  /// at a random place.
  public var cropPadding: Int
  /// Whether every second image, at random, is mirrored left to right.
  public var horizontalFlip: Bool

  public init(cropPadding: Int = 0, horizontalFlip: Bool = false) {
    self.cropPadding = cropPadding
    self.horizontalFlip = horizontalFlip
  }

  /// Whether images are left as they are.
  package var isIdentity: Bool { cropPadding == 0 && !horizontalFlip }
}

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case cropPadding, horizontalFlip }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    cropPadding = try container.value(.cropPadding, default: 0)
    horizontalFlip = try container.value(.horizontalFlip, default: false)
    try container.require(.cropPadding, cropPadding, "0 to 1024") { (0...1024).contains($0) }
  }
}
