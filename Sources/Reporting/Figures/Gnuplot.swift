import Files
import Foundation

/// The program that draws figures, run as a process.
public struct Gnuplot: Sendable, Hashable {
  /// The path of the executable.
  public let path: String

  public init(path: String) {
    self.path = path
  }

  /// The first `gnuplot` in the search path; `nil` where there is none.
  public static var installed: Gnuplot? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.lazy.map { "\($0)/gnuplot" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }.map(Gnuplot.init)
  }

  /// What to do where it is missing.
  public static let installation =
    "install gnuplot (Debian and Ubuntu: apt install gnuplot-nox; Fedora: dnf install gnuplot; "
    + "Homebrew: brew install gnuplot) and make the report again"

  /// What gnuplot said when it could not draw.
  struct Failure: Error {
    let message: String
  }

  /// Runs the script `name` in `folder`.
  func run(_ name: String, in folder: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = [name]
    process.currentDirectoryURL = URL(filePath: folder)
    let messages = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw Failure(message: "'\(path)' could not be started: \(error)")
    }
    let output = messages.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let lines = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline)
      throw Failure(message: lines.last.map(String.init) ?? "it ended without a message")
    }
  }
}
