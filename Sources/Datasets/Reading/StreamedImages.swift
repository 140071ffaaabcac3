public import CollapseCore

/// Images that are decoded each time they are asked for: as many as there may be, in the memory of
/// one batch.
public struct StreamedImages: LabeledSamples {
  let source: any ImageSource
  /// Where each sample is in the source.
  let positions: [Int]
  /// The side of the square of zeros each image is put in the middle of.
  let padding: Int?
  public let sampleShape: Shape
  public var labels: [Int32]
  public let classNames: [String]
  /// The most threads to decode on.
  let threads: Int

  init(
    _ source: any ImageSource, positions: [Int]? = nil, padding: Int? = nil, labels: [Int32],
    classNames: [String], threads: Int
  ) {
    self.source = source
    self.positions = positions ?? Array(labels.indices)
    self.padding = padding
    sampleShape = padding.map { [source.sampleShape[0], $0, $0] } ?? source.sampleShape
    self.labels = labels
    self.classNames = classNames
    self.threads = threads
    precondition(self.positions.count == labels.count)
  }

  public func selecting(_ indices: [Int]) -> StreamedImages {
    StreamedImages(
      source, positions: indices.map { positions[$0] }, padding: padding,
      labels: indices.map { labels[$0] }, classNames: classNames, threads: threads)
  }

  public func relabeled(_ labels: [Int32], classNames: [String]) -> StreamedImages {
    StreamedImages(
      source, positions: positions, padding: padding, labels: labels, classNames: classNames,
      threads: threads)
  }

  /// The images in the middle of a square of zeros.
  func padded(to side: Int) -> StreamedImages {
    StreamedImages(
      source, positions: positions, padding: side, labels: labels, classNames: classNames,
      threads: threads)
  }

  /// Decodes the samples at `indices`, planar and one after another.
  ///
  /// - Throws: an error that names the file at fault, or all files at fault.
  func decode(
    _ indices: some Sequence<Int>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    onFile: (@Sendable (_ position: Int, _ bytes: [UInt8]) -> Void)? = nil
  ) throws {
    let positions = indices.map { self.positions[$0] }
    guard let padding else {
      return try source.decode(positions, into: pixels, threads: threads, onFile: onFile)
    }
    let size = source.sampleShape.elementCount
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: positions.count * size) {
      try source.decode(positions, into: $0, threads: threads, onFile: onFile)
      Padding.embed(UnsafeBufferPointer($0), source.sampleShape, side: padding, into: pixels)
    }
  }

  public func copy(
    _ indices: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws {
    precondition(buffer.count == indices.count * sampleShape.elementCount)
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: buffer.count) { pixels in
      try decode(indices, into: pixels)
      for index in 0..<pixels.count { buffer[index] = Float(pixels[index]) }
    }
  }
}
