import CollapseCore
import Files

/// Images of one size that lie in files one after another, uncompressed: IDX, CIFAR, STL-10, NumPy.
struct PackedImages: ImageSource {
  /// How the bytes of one image are ordered.
  enum Order: Sendable, Hashable {
    /// Planes by rows, one channel after another.
    case planar
    /// Planes by columns: EMNIST's images, and STL-10's.
    case planarByColumns
    /// Pixels by rows, the samples of each together.
    case interleaved
  }

  /// Some of the images, in one place.
  struct Part: Sendable {
    enum Content: Sendable {
      case memory([UInt8])
      case file(RandomAccessBytes)
      /// Reads the image of that number: arrays whose rows need not lie together.
      case rows(@Sendable (_ row: Int, UnsafeMutableRawBufferPointer) throws -> Void)
    }

    let content: Content
    /// Where the pixels of the first image begin.
    var start = 0
    /// Bytes from one image to the next.
    let stride: Int
    let count: Int
  }

  /// `[channels, height, width]` before the geometry is applied.
  private let storedShape: Shape
  private let parts: [Part]
  /// The position of the first image of each part.
  private let firsts: [Int]
  private let order: Order
  private let geometry: ImageGeometry

  let sampleShape: Shape

  private init(_ parts: [Part], shape: Shape, order: Order = .planar, geometry: ImageGeometry) {
    storedShape = shape
    self.parts = parts
    self.order = order
    self.geometry = geometry
    firsts = parts.indices.map { index in parts[..<index].reduce(0) { $0 + $1.count } }
    let size = geometry.outputSize(of: ImageSize(width: shape[2], height: shape[1]))
    sampleShape = [shape[0], size.height, size.width]
  }

  /// The images in the geometry that is asked for.
  ///
  /// - Throws: ``DatasetError`` where they are too small for it.
  static func checked(
    _ parts: [Part], shape: Shape, order: Order = .planar, _ options: ReadingOptions, file: String
  ) throws(DatasetError) -> PackedImages {
    let size = ImageSize(width: shape[2], height: shape[1])
    if let problem = options.geometry.problem(with: size) {
      throw DatasetError(file: file, problem: problem, kind: .usage)
    }
    return PackedImages(parts, shape: shape, order: order, geometry: options.geometry)
  }

  private var isAsStored: Bool { order == .planar && sampleShape == storedShape }

  func allPixels(count: Int) -> [UInt8]? {
    guard isAsStored, parts.count == 1, count == parts[0].count,
      parts[0].stride == storedShape.elementCount, parts[0].start == 0,
      case .memory(let bytes) = parts[0].content, bytes.count == count * parts[0].stride
    else { return nil }
    return bytes
  }

  func decode(
    _ positions: ArraySlice<Int>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    onFile: ((_ position: Int, _ bytes: [UInt8]) -> Void)?
  ) throws {
    let stored = storedShape.elementCount
    let size = sampleShape.elementCount
    var resampler = ImageResampler()
    try withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: isAsStored ? 0 : 2 * stored
    ) { scratch in
      for (index, position) in zip(0..., positions) {
        let target = UnsafeMutableBufferPointer(
          rebasing: pixels[index * size..<(index + 1) * size])
        if isAsStored {
          try read(position, into: target)
          continue
        }
        let raw = UnsafeMutableBufferPointer(rebasing: scratch[..<stored])
        try read(position, into: raw)
        let planes = UnsafeMutableBufferPointer(rebasing: scratch[stored...])
        Self.arrange(raw, order, storedShape, into: planes)
        resampler.apply(
          geometry, to: UnsafeBufferPointer(planes), channels: storedShape[0],
          size: ImageSize(width: storedShape[2], height: storedShape[1]), into: target)
      }
    }
  }

  private func read(_ position: Int, into target: UnsafeMutableBufferPointer<UInt8>) throws {
    let part = firsts.lastIndex { $0 <= position }!
    let offset = parts[part].start + (position - firsts[part]) * parts[part].stride
    switch parts[part].content {
    case .memory(let bytes):
      bytes.withUnsafeBufferPointer {
        _ = target.update(fromContentsOf: $0[offset..<offset + target.count])
      }
    case .file(let bytes):
      try bytes.read(at: offset, into: UnsafeMutableRawBufferPointer(target))
    case .rows(let read):
      try read(position - firsts[part], UnsafeMutableRawBufferPointer(target))
    }
  }

  /// Brings the bytes of one image into planes by rows.
  private static func arrange(
    _ raw: UnsafeMutableBufferPointer<UInt8>, _ order: Order, _ shape: Shape,
    into planes: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    for channel in 0..<channels {
      for row in 0..<height {
        for column in 0..<width {
          let source =
            switch order {
            case .planar: (channel * height + row) * width + column
            case .planarByColumns: (channel * width + column) * height + row
            case .interleaved: (row * width + column) * channels + channel
            }
          planes[(channel * height + row) * width + column] = raw[source]
        }
      }
    }
  }
}
