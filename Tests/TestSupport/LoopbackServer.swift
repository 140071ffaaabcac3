import Dispatch
import LibC
import Synchronization

/// A small HTTP server on 127.0.0.1 that serves files from memory, well or badly.
///
/// One answer per connection, one connection at a time; a client that sends nothing is left after
/// a minute.
public final class LoopbackServer: Sendable {
  /// How a request for a file is answered.
  public enum Answer: Sendable, Hashable {
    /// The file, or the rest a `Range` asks for.
    case file
    /// The file or its rest, but the connection is closed after so many bytes of it.
    case cut(after: Int)
    /// The whole file, whatever was asked for.
    case ignoringRange
    /// The rest with a `Content-Range` that begins so many bytes further on.
    case shiftedRange(by: Int)
    /// The file, declared to have another length; the connection is closed after its bytes.
    case declaring(length: Int)
    /// The file without a declared length, followed by so many bytes that are not its own.
    case followed(by: Int)
    /// Other bytes, as many as the file has.
    case otherBytes
    /// No file but this status.
    case status(Int)
    /// The connection is closed without an answer.
    case silence
    /// Another place to look, on the same server.
    case redirect(to: String)
  }

  /// What was asked.
  public struct Request: Sendable, Hashable {
    public let path: String
    /// The value of `Range`.
    public let range: String?
  }

  private struct State {
    var files: [String: [UInt8]] = [:]
    var answers: [String: [Answer]] = [:]
    var requests: [Request] = []
  }

  /// The socket that takes connections.
  ///
  /// Both the server and the thread that accepts hold it, and it is closed when both have let go:
  /// closed while the thread is between two connections, its number could come to a later
  /// server's socket, whose connections the thread would take.
  private final class Listener: Sendable {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    /// Listens at a port that the system chooses, and returns it.
    func open() -> Int {
      precondition(descriptor >= 0, "no socket")
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          precondition(bind(descriptor, $0, length) == 0, "no port")
          precondition(listen(descriptor, 16) == 0, "cannot listen")
          precondition(getsockname(descriptor, $0, &length) == 0)
        }
      }
      return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Refuses connections from now on, and wakes the thread that waits for one.
    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
  }

  private let listener = Listener()
  private let state = Mutex(State())
  /// The port the system chose.
  public let port: Int

  public init() {
    port = listener.open()
    Self.serve(listener) { [weak self] in self?.answer($0) ?? false }
  }

  deinit { stop() }

  /// `http://127.0.0.1:<port>/`.
  public var address: String { "http://127.0.0.1:\(port)/" }

  /// The requests so far, in order.
  public var requests: [Request] { state.withLock { $0.requests } }

  /// Serves `bytes` under `/name`; the first requests get `answers`, later ones the file.
  public func serve(_ name: String, _ bytes: [UInt8], answers: [Answer] = []) {
    state.withLock {
      $0.files["/\(name)"] = bytes
      $0.answers["/\(name)"] = answers
    }
  }

  /// Takes no more connections.
  public func stop() { listener.stop() }

  private static func serve(_ listener: Listener, _ answer: @escaping @Sendable (Int32) -> Bool) {
    DispatchQueue(label: "loopback server").async {
      while true {
        let connection = accept(listener.descriptor, nil, nil)
        if connection < 0 {
          if errno == EINTR || errno == ECONNABORTED { continue }
          return
        }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        let goesOn = answer(connection)
        shutdown(connection, Int32(SHUT_RDWR))
        close(connection)
        if !goesOn { return }
      }
    }
  }

  private func answer(_ connection: Int32) -> Bool {
    guard let request = Self.readRequest(connection) else { return true }
    let (file, answer) = state.withLock { state -> ([UInt8]?, Answer) in
      state.requests.append(request)
      let waiting = state.answers[request.path] ?? []
      state.answers[request.path] = Array(waiting.dropFirst())
      return (state.files[request.path], waiting.first ?? .file)
    }
    guard let file else {
      send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", connection)
      return true
    }
    respond(request, with: file, answer, connection)
    return true
  }

  private func respond(
    _ request: Request, with file: [UInt8], _ answer: Answer, _ connection: Int32
  ) {
    let start = request.range.flatMap(Self.start) ?? 0
    func sendWhole(_ bytes: [UInt8], declared: Int?) {
      let length = declared.map { "Content-Length: \($0)\r\n" } ?? ""
      send("HTTP/1.1 200 OK\r\n\(length)Connection: close\r\n\r\n", connection)
      send(bytes, connection)
    }
    func sendRest(_ bytes: [UInt8], shift: Int = 0) {
      guard request.range != nil else { return sendWhole(bytes, declared: file.count) }
      guard start < file.count else {
        return send(
          "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */\(file.count)\r\n"
            + "Content-Length: 0\r\nConnection: close\r\n\r\n", connection)
      }
      send(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: \(file.count - start)\r\n"
          + "Content-Range: bytes \(start + shift)-\(file.count - 1)/\(file.count)\r\n"
          + "Connection: close\r\n\r\n", connection)
      send(bytes, connection)
    }
    switch answer {
    case .file: sendRest(Array(file.dropFirst(start)))
    case .cut(let count): sendRest(Array(file.dropFirst(start).prefix(count)))
    case .ignoringRange: sendWhole(file, declared: file.count)
    case .shiftedRange(let shift): sendRest(Array(file.dropFirst(start + shift)), shift: shift)
    case .declaring(let length): sendWhole(file, declared: length)
    case .followed(let count):
      sendWhole(file + [UInt8](repeating: 7, count: count), declared: nil)
    case .otherBytes: sendRest(file.dropFirst(start).map { ~$0 })
    case .status(let status):
      send(
        "HTTP/1.1 \(status) No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", connection)
    case .silence: break
    case .redirect(let name):
      send(
        "HTTP/1.1 302 Found\r\nLocation: /\(name)\r\nContent-Length: 0\r\n"
          + "Connection: close\r\n\r\n", connection)
    }
  }

  private static func readRequest(_ connection: Int32) -> Request? {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard head.count < 16_384, recv(connection, &byte, 1, 0) == 1 else { return nil }
      head.append(byte)
    }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count == 3, words[0] == "GET" else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: ") }.map { String($0.dropFirst(7)) }
    return Request(path: String(words[1]), range: range)
  }

  /// `bytes=100-` → 100.
  private static func start(_ range: String) -> Int? {
    guard range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
    return Int(range.dropFirst(6).dropLast())
  }

  private func send(_ text: String, _ connection: Int32) { send(Array(text.utf8), connection) }

  private func send(_ bytes: [UInt8], _ connection: Int32) {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        // A client that has gone away is no reason to kill the tests by a signal.
        let sent = Self.posixSend(
          connection, buffer.baseAddress! + done, buffer.count - done, Self.noSignal)
        if sent <= 0 { return }
        done += sent
      }
    }
  }

  private static let posixSend: @Sendable (Int32, UnsafeRawPointer, Int, Int32) -> Int = {
    LibC.send($0, $1, $2, $3)
  }

  #if os(Linux)
    private static let noSignal = Int32(MSG_NOSIGNAL)
  #else
    private static let noSignal = Int32(0)
  #endif
}
