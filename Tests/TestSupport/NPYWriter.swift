/// NPY files made byte by byte, so that the header can lie.
public enum NPYWriter {
  /// A file of version `version` whose header is `header`, padded as NumPy pads it.
  public static func file(
    header: String, data: [UInt8], version: UInt8 = 1, declaredLength: Int? = nil
  ) -> [UInt8] {
    let prefix = version == 1 ? 10 : 12
    var text = Array(header.utf8)
    while (prefix + text.count + 1) % 64 != 0 { text.append(0x20) }
    text.append(0x0a)
    let length = declaredLength ?? text.count
    return [0x93] + Array("NUMPY".utf8) + [version, 0]
      + ZipWriter.little(length, version == 1 ? 2 : 4) + text + data
  }

  /// A file as NumPy writes it.
  public static func file(
    _ descriptor: String, _ shape: [Int], fortran: Bool = false, data: [UInt8]
  ) -> [UInt8] {
    let dimensions = shape.map { "\($0)," }.joined(separator: " ")
    let tuple = shape.count == 1 ? "(\(dimensions))" : "(\(dimensions.dropLast()))"
    return file(
      header: "{'descr': '\(descriptor)', 'fortran_order': \(fortran ? "True" : "False"), "
        + "'shape': \(tuple), }", data: data)
  }

  /// An array of float32, in row-major order.
  public static func file(_ values: [Float], _ shape: [Int]) -> [UInt8] {
    file("<f4", shape, data: LittleEndian.bytes(values))
  }

  /// An array of texts.
  public static func file(_ texts: [String]) -> [UInt8] {
    let length = texts.map(\.unicodeScalars.count).max() ?? 0
    let units = texts.flatMap { text in
      let units = Array(text.unicodeScalars.map(\.value))
      return units + [UInt32](repeating: 0, count: length - units.count)
    }
    return file("<U\(length)", [texts.count], data: LittleEndian.bytes(units))
  }

  /// An array of int64, of one axis where no shape is given.
  public static func file(_ values: [Int64], shape: [Int]? = nil) -> [UInt8] {
    file("<i8", shape ?? [values.count], data: LittleEndian.bytes(values))
  }
}

/// Numbers as bytes, least significant first.
public enum LittleEndian {
  public static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { ZipWriter.little(Int($0.bitPattern), 4) }
  }

  public static func bytes(_ values: [Double]) -> [UInt8] {
    values.flatMap { bytes([$0.bitPattern]) }
  }

  public static func bytes<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
    values.flatMap { value in
      (0..<MemoryLayout<T>.size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
  }

  /// The same numbers, each of `size` bytes, in the other byte order.
  public static func swapped(_ bytes: [UInt8], size: Int) -> [UInt8] {
    stride(from: 0, to: bytes.count, by: size).flatMap { bytes[$0..<$0 + size].reversed() }
  }
}
