/// Safetensors files made byte by byte, so that the header can lie.
public enum SafetensorsWriter {
  public static func file(
    header: String, data: [UInt8], declaredLength: UInt64? = nil
  ) -> [UInt8] {
    let text = Array(header.utf8)
    return LittleEndian.bytes([declaredLength ?? UInt64(text.count)]) + text + data
  }

  /// A file of the given tensors, one after the other.
  public static func file(
    _ tensors: [(name: String, type: String, shape: [Int], data: [UInt8])],
    metadata: [(String, String)] = []
  ) -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",")
      entries.append("\"__metadata__\":{\(pairs)}")
    }
    var data: [UInt8] = []
    for tensor in tensors {
      let end = data.count + tensor.data.count
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(data.count),\(end)]}")
      data += tensor.data
    }
    return file(header: "{\(entries.joined(separator: ","))}", data: data)
  }
}
