import CollapseCore
import Files

/// Decodes image files one after another, keeping the buffers of the last for the next.
struct ImageFileDecoder: ~Copyable {
  private let geometry: ImageGeometry
  private let channels: Int
  private var png = PNGDecoder()
  private var jpeg = JPEGDecoder()
  private var resampler = ImageResampler()
  private var own: [UInt8] = []

  init(_ geometry: ImageGeometry, channels: Int) {
    self.geometry = geometry
    self.channels = channels
  }

  /// Decodes one file into `target`, by way of `own` where its size is another.
  ///
  /// - Returns: the bytes of the file.
  mutating func decode(
    _ file: ImageFiles.Opened, into target: UnsafeMutableBufferPointer<UInt8>
  ) throws -> [UInt8] {
    let bytes = try file.bytes ?? FileContents.read(file.path)
    let size = file.header.size
    guard geometry.outputSize(of: size) != size else {
      try decode(bytes, file, into: target)
      return bytes
    }
    let needed = size.width * size.height * channels
    if own.count < needed { own = Array(repeating: 0, count: needed) }
    // Taken out, for the decoders to be called while it is written to.
    var planes = own
    own = []
    defer { own = planes }
    try planes.withUnsafeMutableBufferPointer { planes in
      let planes = UnsafeMutableBufferPointer(rebasing: planes[..<needed])
      try decode(bytes, file, into: planes)
      resampler.apply(
        geometry, to: UnsafeBufferPointer(planes), channels: channels, size: size, into: target)
    }
    return bytes
  }

  private mutating func decode(
    _ bytes: [UInt8], _ file: ImageFiles.Opened, into planes: UnsafeMutableBufferPointer<UInt8>
  ) throws {
    switch file.header.kind {
    case .png:
      try bytes.withUnsafeBufferPointer { bytes in
        let chunks = try PNGChunks(bytes, file: file.path)
        try check(
          ImageHeader(kind: .png, size: chunks.header.size, channels: chunks.header.channels), file)
        try png.decode(bytes, chunks, file: file.path, channels: channels, into: planes)
      }
    case .jpeg:
      let header = try jpeg.header(of: bytes, fileSize: bytes.count, file: file.path)
      try check(ImageHeader(kind: .jpeg, size: header.size, channels: header.channels), file)
      try jpeg.decode(bytes, header, file: file.path, channels: channels, into: planes)
    }
  }

  private func check(_ found: ImageHeader, _ file: ImageFiles.Opened) throws(DatasetError) {
    guard found == file.header else {
      throw DatasetError(file: file.path, problem: "its header changed while it was read")
    }
  }
}
