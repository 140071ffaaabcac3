import CFuzzer
import CollapseCore

/// `Fuzz NAME [libFuzzer's options] [corpus folders]`
@main struct Fuzz {
  /// libFuzzer's callback is a C function and captures nothing; set once before it is called.
  nonisolated(unsafe) static var chosen: Harness = { _ in }

  static func main() {
    var arguments = CommandLine.arguments
    guard arguments.count > 1, let harness = harnesses[arguments.remove(at: 1)] else {
      print("usage: Fuzz NAME [options]; names: \(harnesses.keys.sorted().joined(separator: " "))")
      return
    }
    chosen = harness
    var count = Int32(arguments.count)
    // libFuzzer keeps the arguments for as long as the process runs.
    let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: arguments.count + 1)
    for (index, argument) in arguments.enumerated() {
      let bytes = Array(argument.utf8CString)
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      copy.initialize(from: bytes, count: bytes.count)
      copies[index] = copy
    }
    copies[arguments.count] = nil
    var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = copies
    _ = LLVMFuzzerRunDriver(&count, &pointer) { data, size in
      let bytes = Array(UnsafeBufferPointer(start: data, count: size))
      do {
        try Fuzz.chosen(bytes)
      } catch let error as any ClassifiedError {
        // Building the message is part of the decoder.
        precondition(!error.description.isEmpty)
      } catch {
        fatalError("unclassified error: \(error)")
      }
      return 0
    }
  }
}
