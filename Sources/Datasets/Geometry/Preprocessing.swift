public import CollapseCore

/// What becomes of an image before a network sees it, as a value with a name: the size it is
/// brought to, its channels, and the affine map of its bytes.
public struct Preprocessing: Sendable, Hashable {
  /// The size images are brought to.
  public var geometry: ImageGeometry
  /// 3 makes three equal channels of gray images.
  public var channels: Int?
  /// `nil` for that of the network's own training.
  public var normalization: ChannelNormalization?

  /// Size, channels and affine map; what is left out stays as it is in the images or the training.
  public init(
    geometry: ImageGeometry = ImageGeometry(), channels: Int? = nil,
    normalization: ChannelNormalization? = nil
  ) {
    self.geometry = geometry
    self.channels = channels
    self.normalization = normalization
  }

  /// Means and deviations of channels between 0 and 1, as PyTorch's transforms state them.
  ///
  /// - Precondition: as many of one as of the other, and deviations above 0.
  public static func normalization(
    means: [Double], standardDeviations: [Double]
  ) -> ChannelNormalization {
    ChannelNormalization(
      means: means.map { $0 * 255 }, standardDeviations: standardDeviations.map { $0 * 255 })
  }

  /// The ones in common use, by name.
  ///
  /// | name | resized | cut out | means | deviations |
  /// |---|---|---|---|---|
  /// | `imagenet-v1` | shorter side 256 | 224×224 | 0.485, 0.456, 0.406 | 0.229, 0.224, 0.225 |
  /// | `imagenet-v2` | shorter side 232 | 224×224 | the same | the same |
  /// | `cifar10` | – | – | 0.4914, 0.4822, 0.4465 | 0.2470, 0.2435, 0.2616 |
  /// | `cifar10-kuangliu` | – | – | the same | 0.2023, 0.1994, 0.2010 |
  /// | `none` | – | – | 0 | 1 |
  ///
  /// `imagenet-v1` and `imagenet-v2` are those of torchvision's first and second weights; `cifar10`
  /// has the deviations of all pixels, `cifar10-kuangliu` the means of those of single images, which
  /// much code has taken over; `none` divides bytes by 255.
  public static let presets: [(name: String, preprocessing: Preprocessing)] = [
    ("imagenet-v1", imageNet(shorterSide: 256)),
    ("imagenet-v2", imageNet(shorterSide: 232)),
    ("cifar10", cifar10(standardDeviations: [0.2470, 0.2435, 0.2616])),
    ("cifar10-kuangliu", cifar10(standardDeviations: [0.2023, 0.1994, 0.2010])),
    (
      "none",
      Preprocessing(normalization: normalization(means: [0], standardDeviations: [1]))
    ),
  ]

  private static func imageNet(shorterSide: Int) -> Preprocessing {
    Preprocessing(
      geometry: ImageGeometry(
        resize: .shorterSide(shorterSide), crop: ImageSize(width: 224, height: 224)),
      channels: 3,
      normalization: normalization(
        means: [0.485, 0.456, 0.406], standardDeviations: [0.229, 0.224, 0.225]))
  }

  private static func cifar10(standardDeviations: [Double]) -> Preprocessing {
    Preprocessing(
      channels: 3,
      normalization: normalization(
        means: [0.4914, 0.4822, 0.4465], standardDeviations: standardDeviations))
  }
}
