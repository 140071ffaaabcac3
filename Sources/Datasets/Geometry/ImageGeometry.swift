/// How images of any size are brought to the size that is wanted: resized, then cut out of the
/// middle. Pixel for pixel what torchvision's `Resize` and `CenterCrop` make of Pillow's images.
public struct ImageGeometry: Sendable, Hashable {
  /// What size an image is brought to before anything is cut out.
  public enum Resize: Sendable, Hashable {
    /// To this width and height, whatever the proportions were.
    case exactly(ImageSize)
    /// The shorter side to so many pixels and the longer one in proportion, rounded down.
    case shorterSide(Int)
  }

  /// The first step; `nil` leaves images as large as they are.
  public var resize: Resize?
  /// The size cut out of the middle.
  public var crop: ImageSize?

  /// A resizing, then a crop, each left out where it is `nil`; neither changes nothing.
  public init(resize: Resize? = nil, crop: ImageSize? = nil) {
    self.resize = resize
    self.crop = crop
  }

  /// The size that all images come to, whatever theirs; `nil` where it depends on theirs.
  var commonSize: ImageSize? {
    if let crop { return crop }
    if case .exactly(let size) = resize { return size }
    return nil
  }

  /// The size after ``resize``.
  func resizedSize(of size: ImageSize) -> ImageSize {
    switch resize {
    case nil: return size
    case .exactly(let wanted): return wanted
    case .shorterSide(let side):
      let (short, long) = (min(size.width, size.height), max(size.width, size.height))
      let other = max(1, side * long / short)
      return size.width <= size.height
        ? ImageSize(width: side, height: other) : ImageSize(width: other, height: side)
    }
  }

  /// The size an image of `size` comes out with.
  func outputSize(of size: ImageSize) -> ImageSize { crop ?? resizedSize(of: size) }

  /// Why an image of `size` cannot be brought to the size that is wanted; `nil` where it can.
  func problem(with size: ImageSize) -> String? {
    let resized = resizedSize(of: size)
    guard let crop, crop.width > resized.width || crop.height > resized.height else { return nil }
    return "\(crop) pixels cannot be cut out of \(resized)"
  }
}
