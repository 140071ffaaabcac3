import Datasets
import Files

func fuzzIDX(_ bytes: [UInt8]) throws {
  if let images = try? IDXArray.images(bytes, file: "f") {
    precondition(try! IDXArray.images(images.encoded(), file: "g") == images)
  }
  let labels = try IDXArray.labels(bytes, file: "f")
  precondition(labels.allSatisfy { $0 >= 0 })
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

/// The bytes as they are; with every chunk's CRC made right, without which hardly an input gets
/// past the first chunk; and as the filtered rows of an image, without which hardly one gets past
/// the Adler-32. The plain kinds of image, which are decoded without libpng, must come out as it
/// decodes or refuses them.
func fuzzPNG(_ bytes: [UInt8]) throws {
  for file in [withRightChecksums(bytes), fileOfRows(bytes)] {
    let outcome = decoded(file)
    switch outcome {
    case .success(let image):
      precondition(try! PNGImage(image.encoded(), file: "g") == image)
    case .failure(let refusal) where refusal.message.hasPrefix("f, byte "):
      continue  // by its chunks, before either decoder
    case .failure: break
    }
    if let other = forLibpng(file) { precondition(decoded(other) == outcome) }
  }
  _ = try PNGImage(bytes, file: "f")
}

/// What is refused, by its message.
private struct Refusal: Error, Equatable {
  let message: String
}

private func decoded(_ bytes: [UInt8]) -> Result<PNGImage, Refusal> {
  Result { try PNGImage(bytes, file: "f") }.mapError { Refusal(message: "\($0)") }
}

private func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
  let length = UInt32(content.count)
  return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + Array(type.utf8)
    + content + [0, 0, 0, 0]
}

private let end = withRightChecksums(Array(repeating: 0, count: 8) + chunk("IEND", [])).dropFirst(8)

/// The same image with something in its last chunk, which libpng does not look at and which
/// leaves the file to it.
private func forLibpng(_ bytes: [UInt8]) -> [UInt8]? {
  guard bytes.count > end.count, bytes.suffix(end.count) == end else { return nil }
  return withRightChecksums(bytes.dropLast(end.count) + chunk("IEND", [0]))
}

/// A file whose image data is `bytes` but for the first three: the color type, the width, and
/// how many bytes one chunk of the data has.
private func fileOfRows(_ bytes: [UInt8]) -> [UInt8] {
  guard bytes.count >= 3 else { return [] }
  let type = [0, 2, 3, 4, 6][Int(bytes[0]) % 5]
  let width = 1 + Int(bytes[1])
  let rows = Array(bytes.dropFirst(3).prefix(0xFFFF))
  let rowCount = 1 + width * [1, 0, 3, 1, 2, 0, 4][type]
  let height = max(1, rows.count / rowCount)
  var (a, b) = (1, 0)
  for byte in rows {
    a = (a + Int(byte)) % 65521
    b = (b + a) % 65521
  }
  let count = [rows.count & 255, rows.count >> 8]
  let data =
    [0x78, 0x01, 1] + count.map { UInt8($0) } + count.map { UInt8(255 - $0) } + rows
    + [b >> 8, b & 255, a >> 8, a & 255].map { UInt8($0) }
  let size = 1 + 64 * Int(bytes[2])
  return withRightChecksums(
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk(
        "IHDR",
        [0, 0, width >> 8, width & 255, 0, 0, height >> 8, height & 255, 8, type, 0, 0, 0]
          .map { UInt8($0) })
      + (type == 3 ? chunk("PLTE", (0..<600).map { UInt8($0 & 255) }) : [])
      + stride(from: 0, to: data.count, by: size).flatMap {
        chunk("IDAT", Array(data[$0..<min($0 + size, data.count)]))
      } + chunk("IEND", []))
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
