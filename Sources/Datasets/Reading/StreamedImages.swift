public import CollapseCore

/// Images that are decoded each time they are asked for: as many as there may be, in the memory of
/// one batch.
public struct StreamedImages: LabeledSamples {
  let source: any ImageSource
  /// Where each sample is in the source.
  let positions: [Int]
  /// What is done to each image once it is decoded, in this order.
  let steps: [NumberedPixelStep]
  public let sampleShape: Shape
  public var labels: [Int32]
  public let classNames: [String]
  /// The most threads to decode on.
  let threads: Int

  init(
    _ source: any ImageSource, positions: [Int]? = nil, steps: [NumberedPixelStep] = [],
    labels: [Int32], classNames: [String], threads: Int
  ) {
    self.source = source
    self.positions = positions ?? Array(labels.indices)
    self.steps = steps
    sampleShape = steps.reduce(source.sampleShape) { $1.step.shape(after: $0) }
    self.labels = labels
    self.classNames = classNames
    self.threads = threads
    precondition(self.positions.count == labels.count)
  }

  public func selecting(_ indices: [Int]) -> StreamedImages {
    StreamedImages(
      source, positions: indices.map { positions[$0] },
      steps: steps.map { $0.selecting(indices) }, labels: indices.map { labels[$0] },
      classNames: classNames, threads: threads)
  }

  public func relabeled(_ labels: [Int32], classNames: [String]) -> StreamedImages {
    StreamedImages(
      source, positions: positions, steps: steps, labels: labels, classNames: classNames,
      threads: threads)
  }

  /// The images with one more step after the others.
  func applying(_ step: NumberedPixelStep) -> StreamedImages {
    StreamedImages(
      source, positions: positions, steps: steps + [step], labels: labels, classNames: classNames,
      threads: threads)
  }

  /// Decodes the samples at `indices`, planar and one after another.
  ///
  /// - Throws: an error that names the file at fault, or all files at fault.
  func decode(
    _ indices: some Sequence<Int>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    onFile: (@Sendable (_ position: Int, _ bytes: [UInt8]) -> Void)? = nil
  ) throws {
    let indices = Array(indices)
    let positions = indices.map { self.positions[$0] }
    guard !steps.isEmpty else {
      return try source.decode(positions, into: pixels, threads: threads, onFile: onFile)
    }
    var shape = source.sampleShape
    var images = [UInt8](repeating: 0, count: positions.count * shape.elementCount)
    try images.withUnsafeMutableBufferPointer {
      try source.decode(positions, into: $0, threads: threads, onFile: onFile)
    }
    for step in steps.dropLast() {
      let after = step.step.shape(after: shape)
      var changed = [UInt8](repeating: 0, count: positions.count * after.elementCount)
      images.withUnsafeBufferPointer { images in
        changed.withUnsafeMutableBufferPointer {
          step.write(images, of: shape, samples: indices, threads: threads, into: $0)
        }
      }
      (images, shape) = (changed, after)
    }
    images.withUnsafeBufferPointer {
      steps[steps.count - 1].write(
        $0, of: shape, samples: indices, threads: threads, into: pixels)
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
