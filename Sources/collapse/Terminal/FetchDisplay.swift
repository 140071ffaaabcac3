import Datasets
import Synchronization

/// A download as progress lines: bytes done, speed, time left.
final class FetchDisplay: Sendable {
  private struct State {
    var start = ContinuousClock.now
    var firstByte = 0
  }

  private let state = Mutex(State())

  func show(_ event: FetchEvent) {
    switch event {
    case .present(let file): Terminal.shared.note("\(file): here already")
    case .unexpected(let file, let difference):
      Terminal.shared.note("\(file): will be replaced: \(difference)")
    case .started(let file, let url, let resumedAt):
      state.withLock { $0 = State(firstByte: resumedAt) }
      Terminal.shared.detail("\(file): from \(url)")
      if resumedAt > 0 { Terminal.shared.note("\(file): going on after \(resumedAt) bytes") }
    case .received(let file, let done, let total):
      Terminal.shared.progress(line(file, done, total), isLast: done == total)
    case .failed(_, let url, let reason): Terminal.shared.note("\(url): \(reason)")
    case .verified(let file):
      Terminal.shared.endProgress()
      Terminal.shared.note("\(file): size and checksums are right")
    case .unpacked(let file): Terminal.shared.note("\(file): unpacked")
    }
  }

  private func line(_ file: String, _ done: Int, _ total: Int?) -> String {
    let (start, first) = state.withLock { ($0.start, $0.firstByte) }
    let seconds = max((ContinuousClock.now - start) / .seconds(1), 1e-3)
    let speed = Double(done - first) / seconds
    let left = total.map { ", \(Elapsed.text(Double($0 - done) / max(speed, 1))) left" } ?? ""
    return "\(file): \(mebibytes(done))\(total.map { " of \(mebibytes($0))" } ?? "") MiB, "
      + "\(mebibytes(Int(speed))) MiB/s\(left)"
  }

  private func mebibytes(_ bytes: Int) -> String {
    "\((Double(bytes) / 1_048_576 * 10).rounded() / 10)"
  }
}
