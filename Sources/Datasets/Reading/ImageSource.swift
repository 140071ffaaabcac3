import CollapseCore

/// Images that are decoded when they are asked for, by any number of threads at once.
protocol ImageSource: Sendable {
  /// The shape every image has when it comes out: `[channels, height, width]`.
  var sampleShape: Shape { get }

  /// Decodes the images at `positions`, planar and one after another, into `pixels`.
  ///
  /// - Parameter onFile: is told the bytes of each file that holds one image alone, and the image's
  ///   position.
  /// - Throws: an error that names the file at fault.
  func decode(
    _ positions: ArraySlice<Int>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    onFile: ((_ position: Int, _ bytes: [UInt8]) -> Void)?
  ) throws

  /// All pixels of `count` images in order, where they lie in memory so.
  func allPixels(count: Int) -> [UInt8]?

  /// Every image that cannot be decoded, each with its own error.
  func faults(threads: Int) throws -> [ImageFault]
}

/// An image that cannot be decoded.
struct ImageFault: Sendable {
  let position: Int
  let error: any Error
}

extension ImageSource {
  func allPixels(count: Int) -> [UInt8]? { nil }

  func faults(threads: Int) throws -> [ImageFault] { [] }

  /// Decodes in parallel, in tasks large enough for a decoder's buffers to serve many images.
  ///
  /// - Throws: the error of the one file that is at fault, or ``DatasetError`` that names all.
  func decode(
    _ positions: [Int], into pixels: UnsafeMutableBufferPointer<UInt8>, threads: Int,
    onFile: (@Sendable (_ position: Int, _ bytes: [UInt8]) -> Void)? = nil
  ) throws {
    let size = sampleShape.elementCount
    precondition(pixels.count == positions.count * size)
    let perTask = max(1, min(64, positions.count / (4 * threads)))
    nonisolated(unsafe) let pixels = pixels
    do {
      try Parallel.forEach((positions.count + perTask - 1) / perTask, threads: threads) { task in
        let range = task * perTask..<min(positions.count, (task + 1) * perTask)
        try decode(
          positions[range],
          into: UnsafeMutableBufferPointer(
            rebasing: pixels[range.lowerBound * size..<range.upperBound * size]),
          onFile: onFile)
      }
    } catch {
      // One bad file stops the set: whoever must mend it should learn of all.
      let faults = try faults(threads: threads)
      throw faults.isEmpty ? error : BadFiles.error(faults.map(\.error))
    }
  }
}
