import COpenBLAS
public import CollapseCore
import Synchronization

/// OpenBLAS with LAPACKE, loaded by the first who asks. Every call runs on the thread that makes
/// it: work is spread over threads above this room, so that no result depends on their number.
enum OpenBLAS {
  /// - Throws: ``LinearAlgebraError/missingLibrary(_:)`` where it cannot be loaded.
  static func functions() throws -> copenblas_functions { try loaded.get() }

  /// The library to load, until it is.
  fileprivate static let choice = Mutex((path: String?.none, isMade: false))

  private static let loaded: Result<copenblas_functions, LinearAlgebraError> = {
    var problem: UnsafePointer<CChar>?
    let path = choice.withLock { choice in
      choice.isMade = true
      return choice.path
    }
    guard let functions = copenblas_load(path, &problem) else {
      return .failure(.missingLibrary(problem.map { String(cString: $0) } ?? ""))
    }
    return .success(functions.pointee)
  }()
}

/// A product or decomposition that could not be had.
public enum LinearAlgebraError: ClassifiedError, Hashable {
  /// OpenBLAS or LAPACKE is not there, or of no use: what the loader says.
  case missingLibrary(String)
  /// A routine of LAPACK failed: its name and what it returned.
  case failed(routine: String, status: Int)

  public var kind: FailureKind {
    switch self {
    case .missingLibrary: .missingInput
    case .failed: .internalFailure
    }
  }

  public var description: String {
    switch self {
    case .missingLibrary(let problem):
      "OpenBLAS with LAPACKE is needed (apt: libopenblas0-pthread liblapacke): \(problem)"
    case .failed(let routine, let status): "LAPACK: \(routine) returned \(status)"
    }
  }

  static func check(_ status: Int32, _ routine: String) throws {
    guard status == 0 else {
      throw LinearAlgebraError.failed(routine: routine, status: Int(status))
    }
  }
}

/// The BLAS and LAPACK under this room.
public enum LinearAlgebraLibrary {
  /// Names the build of OpenBLAS, with LAPACKE inside, to load in place of the system's. Its functions
  /// may have the prefix `scipy_`, as in packages for Python.
  ///
  /// - Returns: whether it will be used; `false` where another one has been loaded already.
  public static func use(_ path: String) -> Bool {
    OpenBLAS.choice.withLock { choice in
      if choice.isMade { return choice.path == path }
      choice.path = path
      return true
    }
  }

  /// As OpenBLAS names itself, with the kernels in use: `0.3.21 SkylakeX`.
  ///
  /// - Throws: ``LinearAlgebraError`` where it cannot be loaded.
  public static func version() throws -> String {
    let functions = try OpenBLAS.functions()
    let words = String(cString: functions.get_config()!).split(separator: " ")
    let number = words.dropFirst().first ?? ""
    return "\(number) \(String(cString: functions.get_corename()!))"
  }
}
