// The names are C's.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CCollapse
import CollapseCore
import LinearAlgebra
import NeuralCollapse
import Synchronization

/// The analyses under way by their handles, which are numbers: one that is no analysis, or was given
/// up, is refused.
private let sessions = Mutex((byHandle: [UInt: Session](), next: UInt(1)))

private func session(_ handle: OpaquePointer?) -> Session? {
  sessions.withLock { $0.byHandle[UInt(bitPattern: handle)] }
}

/// Runs a call of a session; `COLLAPSE_USAGE` where there is none.
private func call(_ handle: OpaquePointer?, _ body: (Session) throws -> Void) -> collapse_status {
  guard let session = session(handle) else { return COLLAPSE_USAGE }
  return collapse_status(UInt32(session.run { try body(session) }))
}

private let version = CText(CollapseVersion.current)
private let noAnalysis = CText("this is no analysis, or one that was closed")
private let optionsText = CText(
  OrderedJSON.array(
    AnalysisRequest.declarations.map { field in
      .object([
        ("name", .string(field.name)), ("default", OrderedJSON(field.standard?.flowText)),
        ("absence", OrderedJSON(field.absence)), ("description", .string(field.sentence)),
      ])
    }
  ).text)
private let passNames = Dictionary(
  uniqueKeysWithValues: StreamedAnalysis.Pass.allCases.map { ($0, CText($0.rawValue)) })

@c @implementation public func collapse_version() -> UnsafePointer<CChar>! { version.characters }

@c @implementation public func collapse_options() -> UnsafePointer<CChar>! {
  optionsText.characters
}

@c @implementation public func collapse_use_blas(
  _ path: UnsafePointer<CChar>!
) -> collapse_status {
  guard let path, LinearAlgebraLibrary.use(String(cString: path)) else { return COLLAPSE_USAGE }
  return COLLAPSE_OK
}

@c @implementation public func collapse_open(
  _ options: UnsafePointer<CChar>!, _ analysis: UnsafeMutablePointer<OpaquePointer?>!
) -> collapse_status {
  guard let analysis else { return COLLAPSE_USAGE }
  let session = Session()
  let handle = sessions.withLock { sessions in
    let number = sessions.next
    sessions.next += 1
    sessions.byHandle[number] = session
    return OpaquePointer(bitPattern: number)
  }
  analysis.pointee = handle
  return call(handle) { session in
    guard let options else { throw Session.Misuse(description: "no options") }
    try session.open(String(cString: options))
  }
}

@c @implementation public func collapse_set_classifier(
  _ analysis: OpaquePointer!, _ weights: UnsafePointer<Double>!, _ bias: UnsafePointer<Double>!,
  _ rows: Int, _ columns: Int
) -> collapse_status {
  call(analysis) { session in
    guard let weights else { throw Session.Misuse(description: "no weights") }
    try session.setClassifier(weights, bias, rows: rows, columns: columns)
  }
}

@c @implementation public func collapse_set_means(
  _ analysis: OpaquePointer!, _ training: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> collapse_status {
  call(analysis) { session in
    try session.setMeans(
      of: another(training, than: session), name: name.map { String(cString: $0) })
  }
}

@c @implementation public func collapse_set_ood(
  _ analysis: OpaquePointer!, _ other: OpaquePointer!
) -> collapse_status {
  call(analysis) { session in
    try session.setOutOfDistribution(another(other, than: session))
  }
}

private func another(
  _ handle: OpaquePointer?, than own: Session
) throws -> Session {
  guard let other = session(handle), other !== own else {
    throw Session.Misuse(description: "the other set is no analysis, or this one")
  }
  return other
}

@c @implementation public func collapse_push(
  _ analysis: OpaquePointer!, _ features: UnsafeRawPointer!, _ labels: UnsafeRawPointer!,
  _ rows: Int
) -> collapse_status {
  call(analysis) { session in
    guard rows >= 0 else { throw Session.Misuse(description: "too many rows") }
    try session.push(features, labels, rows: rows)
  }
}

@c @implementation public func collapse_pass(_ analysis: OpaquePointer!) -> UnsafePointer<CChar>! {
  passNames[session(analysis)?.pass ?? .finished]!.characters
}

@c @implementation public func collapse_next_pass(
  _ analysis: OpaquePointer!, _ more: UnsafeMutablePointer<Int32>!
) -> collapse_status {
  call(analysis) { session in
    guard let more else { throw Session.Misuse(description: "no place for 'more'") }
    more.pointee = 0
    more.pointee = try session.nextPass() ? 1 : 0
  }
}

@c @implementation public func collapse_result(
  _ analysis: OpaquePointer!, _ json: UnsafeMutablePointer<UnsafePointer<CChar>?>!
) -> collapse_status {
  call(analysis) { session in
    guard let json else { throw Session.Misuse(description: "no place for the result") }
    json.pointee = try session.finished()
  }
}

@c @implementation public func collapse_message(
  _ analysis: OpaquePointer!
) -> UnsafePointer<CChar>! {
  session(analysis)?.lastMessage ?? noAnalysis.characters
}

@c @implementation public func collapse_interrupt(_ analysis: OpaquePointer!) {
  session(analysis)?.interruption.request()
}

@c @implementation public func collapse_close(_ analysis: OpaquePointer!) {
  // Out of the lock: the memory of an analysis takes its time to go.
  let closed = sessions.withLock { $0.byHandle.removeValue(forKey: UInt(bitPattern: analysis)) }
  withExtendedLifetime(closed) {}
}
