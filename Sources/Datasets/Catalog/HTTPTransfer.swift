import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One request for one file, appended to what is there of it.
///
/// Asks for the rest by a `Range`. A server that answers with the whole file starts it over; one
/// whose rest begins elsewhere, or whose size is not the expected one, is not listened to.
final class HTTPTransfer: NSObject, URLSessionDataDelegate, Sendable {
  /// Why the server did not give the file.
  struct Failure: Error {
    let reason: String
    /// Whether asking again may help: bytes came before it, or the partial file was in the way.
    var isInterruption = false
  }

  private struct State {
    var total: Int?
    var received = 0
    /// Whether the answer's head came and was accepted.
    var isAnswered = false
    var failure: (any Error)?
  }

  private let file: PartialFile
  private let expectedSize: Int?
  private let progress: @Sendable (_ done: Int, _ total: Int?) -> Void
  private let state: Mutex<State>
  private let finished = DispatchSemaphore(value: 0)

  private init(
    _ file: PartialFile, expectedSize: Int?,
    progress: @escaping @Sendable (Int, Int?) -> Void
  ) {
    self.file = file
    self.expectedSize = expectedSize
    self.progress = progress
    state = Mutex(State(total: expectedSize))
  }

  /// Appends what `url` gives to `file`, until the file is whole.
  ///
  /// - Parameter timeout: seconds without a byte after which the server is given up.
  /// - Throws: ``Failure``, or `FileError` when the file cannot be written.
  static func append(
    _ url: URL, to file: PartialFile, expectedSize: Int?, timeout: Double,
    progress: @escaping @Sendable (_ done: Int, _ total: Int?) -> Void
  ) throws {
    let transfer = HTTPTransfer(file, expectedSize: expectedSize, progress: progress)
    var request = URLRequest(url: url)
    // The bytes the catalog knows, not an encoding of them.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if file.count > 0 { request.setValue("bytes=\(file.count)-", forHTTPHeaderField: "Range") }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeout
    let session = URLSession(configuration: configuration, delegate: transfer, delegateQueue: nil)
    session.dataTask(with: request).resume()
    transfer.finished.wait()
    session.invalidateAndCancel()
    if let failure = transfer.state.withLock({ $0.failure }) { throw failure }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    do {
      let total = try accept(response)
      state.withLock {
        $0.total = total ?? $0.total
        $0.isAnswered = true
      }
      completionHandler(.allow)
    } catch {
      state.withLock { $0.failure = error }
      completionHandler(.cancel)
    }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let total = state.withLock { state in
      state.received += data.count
      return state.failure == nil ? state.total : 0
    }
    do {
      guard file.count + data.count <= total ?? .max else {
        throw Failure(reason: "sends more than the \(total ?? 0) bytes expected")
      }
      try data.withUnsafeBytes { try file.append($0) }
      progress(file.count, total)
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
      dataTask.cancel()
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    state.withLock { state in
      if state.failure == nil, let error {
        state.failure = Failure(
          reason: Self.words(for: error, state), isInterruption: state.received > 0)
      } else if state.failure == nil, let total = state.total, file.count < total {
        state.failure = Failure(
          reason: "ended after \(file.count) of \(total) bytes", isInterruption: state.received > 0)
      }
    }
    finished.signal()
  }

  /// Checks the answer's head; returns the size of the whole file, where the server says it.
  private func accept(_ response: URLResponse) throws -> Int? {
    guard let answer = response as? HTTPURLResponse else {
      throw Failure(reason: "does not answer in HTTP")
    }
    var total: Int?
    switch answer.statusCode {
    case 200:
      if file.count > 0 { try file.restart() }
      total = answer.expectedContentLength >= 0 ? Int(answer.expectedContentLength) : nil
    case 206:
      let (start, whole) = Self.contentRange(answer.value(forHTTPHeaderField: "Content-Range"))
      guard start == file.count else {
        throw Failure(
          reason: "answers with bytes from \(start.map(String.init) ?? "nowhere"), "
            + "asked for those from \(file.count)")
      }
      total = whole
    case 416:
      try file.restart()
      throw Failure(reason: "has no bytes where the partial file ends", isInterruption: true)
    case let status:
      throw Failure(reason: "answers with status \(status)")
    }
    if let total, let expectedSize, total != expectedSize {
      throw Failure(reason: "offers \(total) bytes, expected \(expectedSize)")
    }
    return total
  }

  /// `bytes 100-199/200` → 100 and 200; `*` for the whole is `nil`.
  private static func contentRange(_ value: String?) -> (start: Int?, total: Int?) {
    guard let value, value.hasPrefix("bytes ") else { return (nil, nil) }
    let parts = value.dropFirst(6).split(separator: "/")
    let start = parts.first.flatMap { $0.split(separator: "-").first }.flatMap { Int($0) }
    return (start, parts.count == 2 ? Int(parts[1]) : nil)
  }

  private static func words(for error: any Error, _ state: State) -> String {
    switch (error as? URLError)?.code {
    case .cannotFindHost?, .dnsLookupFailed?: "its name cannot be looked up"
    case .cannotConnectToHost?: "cannot be reached"
    case .notConnectedToInternet?: "there is no network"
    case .timedOut?: state.isAnswered ? "stopped sending" : "does not answer"
    // On Linux a body that ends early is an unknown error.
    case .networkConnectionLost?,
      .unknown? where state.isAnswered:
      "closed the connection after \(state.received) bytes"
    case .secureConnectionFailed?, .serverCertificateUntrusted?,
      .serverCertificateHasUnknownRoot?, .serverCertificateHasBadDate?,
      .serverCertificateNotYetValid?:
      "no secure connection (are CA certificates installed?)"
    case .badServerResponse?: "does not answer in HTTP"
    case let code: "failed (\(code.map { "URL error \($0.rawValue)" } ?? "\(error)"))"
    }
  }
}
