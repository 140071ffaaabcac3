import FoundationEssentials
import LibC
import Synchronization

/// Standard error as people see it: messages, and lines of progress that are rewritten in
/// place.
///
/// Where standard error is no terminal, progress becomes plain lines, at most one every few
/// seconds, so that a log stays readable. Data goes to standard output and never through here.
final class Terminal: Sendable {
  static let shared = Terminal()

  private struct State {
    var level = Level.normal
    /// Lines of progress that stand below the messages and will be replaced.
    var progressLines = 0
    var lastProgress: ContinuousClock.Instant?
    /// Who speaks, where it is not the first of several processes.
    var speaker = ""
    var isOfSeveral = false
  }

  enum Level: Int, Comparable {
    /// One of several processes, of which another speaks: errors alone.
    case silent
    case quiet, normal, verbose
    static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  private let state = Mutex(State())
  private let isInteractive = isatty(STDERR_FILENO) != 0
  private static let plainInterval = Duration.seconds(5)

  func setLevel(_ level: Level) { state.withLock { $0.level = level } }

  /// Of several processes that work together the first speaks; the others say what ends them, and
  /// who they are.
  func setRank(_ rank: Int, host: String) {
    state.withLock {
      $0.isOfSeveral = true
      guard rank > 0 else { return }
      $0.level = .silent
      $0.speaker = "rank \(rank) on \(host): "
    }
  }

  /// Whether several processes work together.
  var isOfSeveral: Bool { state.withLock { $0.isOfSeveral } }

  /// A line for the reader, shown even when quiet: an error or the reason of an end.
  func message(_ text: String) { line(text, from: .quiet) }

  /// What went wrong, in the one spelling of every command.
  func error(_ text: String) {
    line("error: \(state.withLock { $0.speaker })\(text)", from: .silent)
  }

  /// Whether nothing but errors is said.
  var isQuiet: Bool { state.withLock { $0.level <= .quiet } }

  /// A line about what has been done.
  func note(_ text: String) { line(text, from: .normal) }

  /// A line for who wants to know all.
  func detail(_ text: String) { line(text, from: .verbose) }

  /// The state of the work under way; the next call replaces it.
  func progress(_ text: @autoclosure () -> String, isLast: Bool = false) {
    progress(lines: { [text()] }, isLast: isLast)
  }

  /// The state of several things under way, a line each; the next call replaces them all.
  func progress(lines: () -> [String], isLast: Bool = false) {
    state.withLock { state in
      guard state.level > .quiet else { return }
      let now = ContinuousClock.now
      let interval = isInteractive ? .milliseconds(100) : Terminal.plainInterval
      if let last = state.lastProgress, !isLast, now - last < interval { return }
      state.lastProgress = now
      if isInteractive {
        let lines = lines().suffix(Terminal.size.rows - 1).map(Terminal.clipped)
        write(Terminal.erasure(of: state.progressLines) + lines.joined(separator: "\n"))
        state.progressLines = lines.count
      } else {
        write(lines().map { $0 + "\n" }.joined())
      }
    }
  }

  /// Whether a person is there to answer.
  var canAsk: Bool { isInteractive && isatty(STDIN_FILENO) != 0 }

  /// Asks a question; anything but yes is no.
  func confirm(_ question: String) -> Bool {
    state.withLock { _ in write(question + " [y/N] ") }
    return ["y", "yes"].contains((readLine() ?? "").lowercased())
  }

  /// Takes the progress away.
  func endProgress() {
    state.withLock { state in
      write(Terminal.erasure(of: state.progressLines))
      state.progressLines = 0
      state.lastProgress = nil
    }
  }

  private func line(_ text: String, from level: Level) {
    state.withLock { state in
      guard state.level >= level else { return }
      write(Terminal.erasure(of: state.progressLines) + text + "\n")
      state.progressLines = 0
    }
  }

  private func write(_ text: String) {
    if text.isEmpty { return }
    // One call, so that lines of several processes do not mix; stdio's `stderr` is no constant.
    Array(text.utf8).withUnsafeBytes { bytes in
      _ = systemWrite(STDERR_FILENO, bytes.baseAddress!, bytes.count)
    }
  }

  /// Takes away `count` lines, on the last of which the cursor stands.
  private static func erasure(of count: Int) -> String {
    guard count > 0 else { return "" }
    return "\r\u{1B}[K" + String(repeating: "\u{1B}[A\u{1B}[K", count: count - 1)
  }

  /// Cut to the width of the terminal, so that the line can be rewritten.
  private static func clipped(_ text: String) -> String {
    String(text.prefix(size.columns - 1))
  }

  private static var size: (rows: Int, columns: Int) {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1, size.ws_row > 1
    else { return (24, 80) }
    return (Int(size.ws_row), Int(size.ws_col))
  }
}

/// Durations as people say them.
enum Elapsed {
  /// `4.2 s`, `3 min 20 s`, `2 h 05 min`.
  static func text(_ seconds: Double) -> String {
    guard seconds < 1e12 else { return "more than 30000 years" }
    if seconds < 10 { return "\((seconds * 10).rounded() / 10) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    let minutes = whole % 3600 / 60
    return "\(whole / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
  }
}

/// `write(2)`, which the method of the same name would shadow.
private let systemWrite: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { write($0, $1, $2) }
