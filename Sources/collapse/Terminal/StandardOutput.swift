import LibC

/// Standard output: what a command was asked for.
enum StandardOutput {
  /// Whether a person reads it as it is written.
  static let isInteractive = isatty(STDOUT_FILENO) != 0

  /// Writes a text for people, and a newline. A program that reads it gets the minus sign of ASCII.
  static func print(_ text: String, terminator: String = "\n") {
    let text = isInteractive ? text : text.replacing("\u{2212}", with: "-")
    write(Array((text + terminator).utf8))
  }

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
