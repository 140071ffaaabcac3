import Datasets
import Files

func fuzzIDX(_ bytes: [UInt8]) throws {
  if let images = try? IDXArray.images(bytes, file: "f") {
    precondition(try! IDXArray.images(images.encoded(), file: "g") == images)
  }
  let labels = try IDXArray.labels(bytes, file: "f")
  precondition(try! IDXArray.labels(labels.encoded(), file: "g") == labels)
}

func fuzzGzip(_ bytes: [UInt8]) throws {
  let whole = try Gzip.inflate(bytes, file: "f")
  var inflater = try GzipInflater(bytes, file: "f")
  var pieces: [UInt8] = []
  while !inflater.isAtEnd { pieces += try inflater.read(upTo: 7) }
  precondition(whole == pieces)
}

func fuzzCIFAR(_ bytes: [UInt8]) throws {
  let batch = try CIFARBatch(bytes, file: "f")
  _ = try? batch.labels(.coarse)
  _ = try? batch.labels(.fine)
  let pixels = [UInt8](unsafeUninitializedCapacity: batch.count * 3072) { buffer, count in
    batch.copyPixels(into: UnsafeMutableBufferPointer(rebasing: buffer[..<(batch.count * 3072)]))
    count = batch.count * 3072
  }
  precondition(pixels.count.isMultiple(of: 3072))
}

/// The bytes as they are, and with every chunk's CRC made right, without which hardly an input
/// gets past the first chunk and to libpng.
func fuzzPNG(_ bytes: [UInt8]) throws {
  if let image = try? PNGImage(withRightChecksums(bytes), file: "f") {
    precondition(try! PNGImage(image.encoded(), file: "g") == image)
  }
  _ = try PNGImage(bytes, file: "f")
}

private func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  var position = 8
  while bytes.count - position >= 12 {
    let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - position - 12 else { break }
    let end = position + 8 + length
    let checksum = bytes.withUnsafeBufferPointer {
      CRC32.checksum(of: UnsafeBufferPointer(rebasing: $0[position + 4..<end]))
    }
    for byte in 0..<4 { bytes[end + byte] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * byte)) }
    position = end + 4
  }
  return bytes
}
