import Files

/// The content of one file of CIFAR's binary format, CIFAR-10's or CIFAR-100's.
public struct CIFARBatch: Sendable {
  private let bytes: [UInt8]
  private let file: String
  let record: CIFARRecord
  /// Number of images.
  public let count: Int

  /// Decodes the bytes of a file, plain or gzip as the bytes themselves show; which of the two
  /// layouts they have shows in their number.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name that errors give.
  /// - Throws: ``DatasetError``, or `GzipError` where the compressed stream is at fault.
  public init(_ bytes: [UInt8], file: String) throws {
    let content = try Gzip.isGzip(bytes) ? Gzip.inflate(bytes, file: file) : bytes
    record = CIFARRecord(byteCount: content.count, file: file)
    let (count, rest) = content.count.quotientAndRemainder(dividingBy: record.byteCount)
    guard rest == 0 else {
      throw DatasetError(
        file: file, location: "byte \(count * record.byteCount)",
        problem: "expected a record of \(record.byteCount) bytes, found \(rest)")
    }
    guard count > 0 else { throw DatasetError(file: file, problem: "holds no images") }
    self.bytes = content
    self.file = file
    self.count = count
  }

  /// One label per image.
  ///
  /// - Parameters:
  ///   - kind: of CIFAR-100's two labels; CIFAR-10's are the same for both.
  ///   - classCount: what labels are below; `nil` for CIFAR's own number.
  /// - Throws: ``DatasetError`` where a label is not below `classCount`, by default CIFAR's own.
  public func labels(_ kind: LabelKind = .fine, classCount: Int? = nil) throws -> [UInt8] {
    let classCount = classCount ?? record.classCount(kind)
    var labels: [UInt8] = []
    labels.reserveCapacity(count)
    for offset in stride(from: record.offset(kind), to: bytes.count, by: record.byteCount) {
      guard bytes[offset] < classCount else {
        throw DatasetError(
          file: file, location: "byte \(offset)",
          problem: "expected a label in 0...\(classCount - 1), found \(bytes[offset])")
      }
      labels.append(bytes[offset])
    }
    return labels
  }

  /// Where the images are: in the bytes of the file, which a batch is small enough to keep.
  var images: PackedImages.Part {
    PackedImages.Part(
      content: .memory(bytes), start: record.labelCount, stride: record.byteCount, count: count)
  }

  /// Writes the pixels of all images, 3×32×32 each, one image after another.
  ///
  /// - Precondition: `buffer.count == count * 3072`.
  public func copyPixels(into buffer: UnsafeMutableBufferPointer<UInt8>) {
    precondition(buffer.count == count * CIFARRecord.pixelCount)
    bytes.withUnsafeBufferPointer { source in
      for index in 0..<count {
        let start = index * record.byteCount + record.labelCount
        let target = index * CIFARRecord.pixelCount
        _ = UnsafeMutableBufferPointer(rebasing: buffer[target..<target + CIFARRecord.pixelCount])
          .update(fromContentsOf: source[start..<start + CIFARRecord.pixelCount])
      }
    }
  }
}
