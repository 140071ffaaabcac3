import ArgumentParser
import Arrays
import CollapseCore
import Datasets
import LibC
import Networks
import Pipeline

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
    case .ownClasses: "--own-classes of 'collapse extract' keeps the data's own, without W and b."
    }
  }

  static func exit(with error: any Error) -> Never {
    // The parser's own that are no errors: help and version.
    if Collapse.exitCode(for: error) == .success { Collapse.exit(withError: error) }
    end(tell(error))
  }

  /// Says what went wrong.
  ///
  /// - Returns: the code to end with.
  static func tell(_ error: any Error) -> Int32 {
    switch error {
    case let error as SomeInputsFailed: return code(for: error.kind)
    case let error as Interrupted:
      Terminal.shared.message(error.message)
      return 130
    case is WorkInterrupted: return 130
    case let error as DatasetError where error.remedy != nil:
      Terminal.shared.error("\(error)\n\(remedy(error.remedy!))")
      return code(for: error.kind)
    case let error as any ClassifiedError:
      let choice =
        (error as? ArrayFileError)?.choice ?? (error as? AnalysisBatch.Failure)?.choice
        ?? (error as? NetworkError)?.choice
      Terminal.shared.error("\(error)" + Advice.text(for: choice))
      return code(for: error.kind)
    default:
      // The parser's own: usage, spelled as ours is.
      let text = Collapse.fullMessage(for: error)
      Terminal.shared.message(
        text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text)
      return Collapse.exitCode(for: error).rawValue
    }
  }

  /// Ends without what libraries do when a process exits: threads of a training that failed may still
  /// be running, and a library that tears down its state under them crashes.
  static func end(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }
}
