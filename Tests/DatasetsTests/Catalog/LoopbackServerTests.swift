import LibC
import TestSupport
import Testing

/// The server that the tests of downloads rely on, many at a time.
@Suite struct LoopbackServerTests {
  /// A server is often stopped while it answers. If its socket's number were free before it has
  /// noticed, a later server's socket could get it, and the old one would take its connections.
  @Test func aStoppedServerTakesNoConnectionOfALaterOne() {
    for _ in 0..<5 {
      let stopped = LoopbackServer()
      // More than the sockets hold: the server is in the middle of it until the client goes.
      stopped.serve("large", [UInt8](repeating: 1, count: 32 << 20))
      let client = Client(port: stopped.port)
      client.ask(for: "large")
      #expect(client.read(1) == "H")
      stopped.stop()
      let later = LoopbackServer()
      later.serve("small", Array("small".utf8))
      client.leave()
      for _ in 0..<4 {
        let client = Client(port: later.port)
        client.ask(for: "small")
        #expect(client.read(1000).hasSuffix("\r\n\r\nsmall"))
        client.leave()
      }
    }
  }
}

/// A connection to 127.0.0.1 on which every byte is asked for by hand.
private struct Client {
  private let connection: Int32

  init(port: Int) {
    connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, length) }
    }
    #expect(status == 0)
  }

  func ask(for name: String) {
    let request = Array("GET /\(name) HTTP/1.1\r\n\r\n".utf8)
    #expect(write(connection, request, request.count) == request.count)
  }

  /// At most `count` bytes, fewer where the connection ends before.
  func read(_ count: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let more = bytes.withUnsafeMutableBytes {
        recv(connection, $0.baseAddress! + done, count - done, 0)
      }
      if more <= 0 { break }
      done += more
    }
    return String(decoding: bytes.prefix(done), as: UTF8.self)
  }

  func leave() { close(connection) }
}
