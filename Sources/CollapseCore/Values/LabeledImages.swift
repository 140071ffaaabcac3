/// Images of one size with their labels, as bytes in one flat buffer.
public struct LabeledImages: LabeledSamples, Equatable {
  /// `[channels, height, width]`.
  public let sampleShape: Shape
  /// N × channels × height × width bytes: each image planar (all red, then green, then blue),
  /// each plane by rows.
  public let pixels: [UInt8]
  public var labels: [Int32]
  public let classNames: [String]

  /// - Precondition: `sampleShape` has rank 3, `pixels` holds one image per label, and every
  ///   label is in `0..<classNames.count`.
  public init(sampleShape: Shape, pixels: [UInt8], labels: [Int32], classNames: [String]) {
    precondition(sampleShape.rank == 3, "an image has channels, height and width")
    precondition(pixels.count == labels.count * sampleShape.elementCount)
    precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classNames.count })
    self.sampleShape = sampleShape
    self.pixels = pixels
    self.labels = labels
    self.classNames = classNames
  }

  /// Planes per image: 1 for grey, 3 for red, green and blue.
  public var channels: Int { sampleShape[0] }
  /// Rows of pixels per image.
  public var height: Int { sampleShape[1] }
  /// Pixels per row.
  public var width: Int { sampleShape[2] }

  public func selecting(_ indices: [Int]) -> LabeledImages {
    let size = sampleShape.elementCount
    let selected = [UInt8](unsafeUninitializedCapacity: indices.count * size) { out, count in
      pixels.withUnsafeBufferPointer { source in
        for (position, index) in indices.enumerated() {
          let target = UnsafeMutableBufferPointer(
            rebasing: out[position * size..<(position + 1) * size])
          _ = target.initialize(from: source[index * size..<(index + 1) * size])
        }
      }
      count = indices.count * size
    }
    return LabeledImages(
      sampleShape: sampleShape, pixels: selected, labels: indices.map { labels[$0] },
      classNames: classNames)
  }

  public func relabeled(_ labels: [Int32], classNames: [String]) -> LabeledImages {
    LabeledImages(
      sampleShape: sampleShape, pixels: pixels, labels: labels, classNames: classNames)
  }

  /// Bytes become floats in 0...255; dividing and standardizing is ``ChannelNormalization``'s.
  public func copy(
    _ indices: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) {
    let size = sampleShape.elementCount
    precondition(buffer.count == indices.count * size)
    pixels.withUnsafeBufferPointer { source in
      var target = 0
      for index in indices {
        let start = index * size
        for offset in 0..<size { buffer[target + offset] = Float(source[start + offset]) }
        target += size
      }
    }
  }
}
