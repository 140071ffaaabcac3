import ArgumentParser
import Arrays
import CollapseCore
import Datasets
import LibC

/// The work stopped because the user, or the system, asked for it.
struct Interrupted: Error {
  /// What was kept, and how to go on.
  let message: String
}

/// Arguments that only looking at the disk shows to be wrong; the parser's own refusal would print
/// the usage of the whole command.
struct WrongUsage: ClassifiedError {
  let description: String
  var kind: FailureKind { .usage }

  init(_ description: String) { self.description = description }
}

/// Some inputs of many were bad; what could be done is done, and each failure was reported.
struct SomeInputsFailed: Error {
  let kind: FailureKind
}

/// Exit codes, after sysexits.h: 0 done, 64 wrong usage, 65 bad input, 66 input missing,
/// 70 internal, 73 cannot write, 130 interrupted.
enum ExitStatus {
  static func code(for kind: FailureKind) -> Int32 {
    switch kind {
    case .usage: 64
    case .badInput: 65
    case .missingInput: 66
    case .internalFailure: 70
    case .cannotWrite: 73
    }
  }

  /// The option that lets pass what was refused.
  private static func remedy(_ remedy: DatasetError.Remedy) -> String {
    switch remedy {
    case .resize: "--resize brings all images to one size."
    case .leaveOutBadFiles: "--skip-bad leaves out what cannot be read."
    }
  }

  static func exit(with error: any Error) -> Never {
    switch error {
    case let error as SomeInputsFailed: endProcess(code(for: error.kind))
    case let error as Interrupted:
      Terminal.shared.message(error.message)
      endProcess(130)
    case is WorkInterrupted: endProcess(130)
    case let error as DatasetError where error.remedy != nil:
      Terminal.shared.error("\(error)\n\(remedy(error.remedy!))")
      endProcess(code(for: error.kind))
    case let error as any ClassifiedError:
      Terminal.shared.error("\(error)" + Advice.text(for: (error as? ArrayFileError)?.choice))
      endProcess(code(for: error.kind))
    default:
      // The parser's own: help and version, which are no errors, and usage, spelled as ours are.
      let text = Collapse.fullMessage(for: error)
      let code = Collapse.exitCode(for: error).rawValue
      guard code != 0 else { Collapse.exit(withError: error) }
      Terminal.shared.message(
        text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text)
      endProcess(code)
    }
  }
}

/// Ends without what libraries do when a process exits: threads of a training that failed may still
/// be running, and a library that tears down its state under them crashes.
private func endProcess(_ code: Int32) -> Never {
  fflush(nil)
  _exit(code)
}
