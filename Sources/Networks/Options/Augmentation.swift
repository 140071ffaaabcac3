public import CollapseCore

/// Random changes to the training images, new in every epoch; no others are seen by evaluation
/// and feature extraction.
public struct Augmentation: Sendable, Hashable {
  /// Pixels of zeros (after normalization) around an image, of which a part of its size is cut
  /// at a random place.
  public var cropPadding: Int
  /// Whether every second image, at random, is mirrored left to right.
  public var horizontalFlip: Bool

  /// Random crops and mirrorings; neither by default.
  public init(cropPadding: Int = 0, horizontalFlip: Bool = false) {
    self.cropPadding = cropPadding
    self.horizontalFlip = horizontalFlip
  }

  /// Whether images are left as they are.
  package var isIdentity: Bool { cropPadding == 0 && !horizontalFlip }
}

extension Augmentation: Configurable {
  public static var standard: Augmentation { Augmentation() }

  public static var fields: [Field<Augmentation>] {
    [
      Field(
        "cropPadding", \.cropPadding,
        "Zeros around an image, in pixels, of which a part of its size is cut at random.",
        range: .closed(0...1024), flag: CommandLineFlag("crop", valueName: "pixels")),
      Field(
        "horizontalFlip", \.horizontalFlip, "Whether every second image, at random, is mirrored.",
        flag: CommandLineFlag("flip")),
    ]
  }
}
