import CollapseCore

/// A change of the pixels of each image by itself: the same whether images are in memory, or decoded
/// as they are asked for.
protocol PixelStep: Sendable {
  /// The shape of images after it.
  func shape(after shape: Shape) -> Shape

  /// Writes what becomes of one image.
  ///
  /// - Parameter number: which one it is among those that the step was made for.
  func write(
    _ image: UnsafeBufferPointer<UInt8>, of shape: Shape, number: Int,
    into out: UnsafeMutableBufferPointer<UInt8>)
}

/// A step, and the number that it knows each sample by.
struct NumberedPixelStep: Sendable {
  let step: any PixelStep
  let numbers: [Int]

  func selecting(_ indices: [Int]) -> NumberedPixelStep {
    NumberedPixelStep(step: step, numbers: indices.map { numbers[$0] })
  }

  /// Writes what becomes of the images of the samples at `indices`, which lie one after another.
  func write(
    _ images: UnsafeBufferPointer<UInt8>, of shape: Shape, samples indices: [Int], threads: Int,
    into out: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (size, sizeAfter) = (shape.elementCount, step.shape(after: shape).elementCount)
    let block = 64
    nonisolated(unsafe) let (images, out) = (images, out)
    HostThreads.forEach((indices.count + block - 1) / block, threads: threads) { index in
      for place in index * block..<min((index + 1) * block, indices.count) {
        step.write(
          UnsafeBufferPointer(rebasing: images[place * size..<(place + 1) * size]), of: shape,
          number: numbers[indices[place]],
          into: UnsafeMutableBufferPointer(
            rebasing: out[place * sizeAfter..<(place + 1) * sizeAfter]))
      }
    }
  }
}

extension Shaping {
  /// Samples with `step` applied to each; an error for what is no image, and for what memory cannot
  /// hold.
  ///
  /// - Parameter numbers: the number that the step knows each sample by.
  func applying<Samples: LabeledSamples>(
    _ step: some PixelStep, numbers: [Int], to samples: Samples, _ name: String
  ) throws(DatasetError) -> Samples {
    let shape = step.shape(after: samples.sampleShape)
    let numbered = NumberedPixelStep(step: step, numbers: numbers)
    if let images = samples as? StreamedImages { return images.applying(numbered) as! Samples }
    try MemoryNeed.check(
      samples.count, of: shape, limit: PhysicalMemory.byteCount, what: "", file: name)
    let images = samples as! LabeledImages
    let count = images.count * shape.elementCount
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      images.pixels.withUnsafeBufferPointer {
        numbered.write(
          $0, of: images.sampleShape, samples: Array(0..<images.count), threads: Processors.count,
          into: UnsafeMutableBufferPointer(rebasing: out[..<count]))
      }
      filled = count
    }
    return LabeledImages(
      sampleShape: shape, pixels: pixels, labels: images.labels, classNames: images.classNames)
      as! Samples
  }

  /// Refuses samples that are no images, for the step that `field` asks for.
  func requireImages(
    _ samples: some LabeledSamples, for field: String, to verb: String, _ name: String
  ) throws(DatasetError) {
    guard samples.sampleShape.rank == 3 else {
      throw DatasetError(
        file: name, location: field,
        problem: "only images can be \(verb), found samples of shape \(samples.sampleShape)",
        kind: .usage)
    }
  }
}
