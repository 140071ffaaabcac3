import LibC

/// Standard output for text too long to be one string.
enum StandardOutput {
  /// Writes all of `bytes`; a reader that has gone ends it.
  static func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = systemWrite(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest))
        if count < 0 && errno != EINTR { return }
        rest = rest.dropFirst(max(0, count))
      }
    }
  }
}

/// `write(2)`, which the method of the same name would shadow.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
