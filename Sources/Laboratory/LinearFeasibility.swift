import CClp
public import CollapseCore

/// Whether linear equations and inequalities have a solution, by Clp's simplex method.
public enum LinearFeasibility {
  /// Which Clp there is: `1.17.6`.
  ///
  /// - Throws: ``LinearProgramError/missingLibrary(_:)`` where it cannot be loaded.
  public static func solverVersion() throws -> String {
    String(cString: try Clp.functions().Version())
  }

  /// Whether every class can be told by one direction, as ``separates(class:_:labels:)`` says of each.
  /// Where it holds, one hidden layer with a ReLU, at least as wide as there are classes, takes the
  /// samples to features that cost no more than free ones.
  ///
  /// Source: derived here from Hong & Ling, arXiv 2409.01832.
  ///
  /// - Parameter samples: a row per sample.
  /// - Throws: ``LinearProgramError`` where Clp cannot be loaded or gives up.
  public static func separatesEveryClass(_ samples: Matrix, labels: [Int]) throws -> Bool {
    for label in Set(labels).sorted() {
      guard try separates(class: label, samples, labels: labels) else { return false }
    }
    return true
  }

  /// Whether class k can be given 1 by a direction along which no other sample is positive:
  ///
  ///     ∃w: x_i·w = 1 for y_i = k, x_i·w ≤ 0 else.
  ///
  /// - Parameter samples: a row per sample.
  /// - Throws: ``LinearProgramError`` where Clp cannot be loaded or gives up.
  public static func separates(class label: Int, _ samples: Matrix, labels: [Int]) throws -> Bool {
    let columns = (0..<samples.columns).map { column in
      (0..<samples.rows).map { samples[$0, column] }
    }
    let isOwn = labels.map { $0 == label }
    return try Clp.isFeasible(
      Clp.functions(), columns: columns,
      rowLower: isOwn.map { $0 ? 1 : -Double.greatestFiniteMagnitude },
      rowUpper: isOwn.map { $0 ? 1 : 0 })
  }
}

/// A linear programme that could not be solved.
public enum LinearProgramError: ClassifiedError, Hashable {
  /// Clp is not there, or of no use: what the loader says.
  case missingLibrary(String)
  /// The solver ended without saying whether there is a point.
  case undecided(status: Int)

  public var kind: FailureKind {
    switch self {
    case .missingLibrary: .missingInput
    case .undecided: .internalFailure
    }
  }

  public var description: String {
    switch self {
    case .missingLibrary(let problem):
      "Clp is needed for linear programmes (apt: coinor-libclp1): \(problem)"
    case .undecided(let status): "Clp: a linear programme ended with status \(status)"
    }
  }
}

/// The solver, loaded by the first who asks.
private enum Clp {
  static func functions() throws -> cclp_functions { try loaded.get() }

  private static let loaded: Result<cclp_functions, LinearProgramError> = {
    var problem: UnsafePointer<CChar>?
    guard let functions = cclp_load(&problem) else {
      return .failure(.missingLibrary(problem.map { String(cString: $0) } ?? ""))
    }
    return .success(functions.pointee)
  }()

  /// Whether free variables satisfy rowLower ≤ Aw ≤ rowUpper, A by its columns, all of it filled.
  static func isFeasible(
    _ solver: cclp_functions, columns: [[Double]], rowLower: [Double], rowUpper: [Double]
  ) throws -> Bool {
    guard let model = solver.newModel() else { throw LinearProgramError.undecided(status: -1) }
    defer { solver.deleteModel(model) }
    solver.setLogLevel(model, 0)
    let rows = rowLower.count
    let starts = (0...columns.count).map { Int32($0 * rows) }
    let indices = columns.flatMap { _ in (0..<rows).map { Int32($0) } }
    let free = [Double](repeating: .greatestFiniteMagnitude, count: columns.count)
    let objective = [Double](repeating: 0, count: columns.count)
    solver.loadProblem(
      model, Int32(columns.count), Int32(rows), starts, indices, columns.flatMap(\.self),
      free.map { -$0 }, free, objective, rowLower, rowUpper)
    _ = solver.primal(model, 0)
    switch solver.status(model) {
    case 0: return true
    case 1: return false
    case let status: throw LinearProgramError.undecided(status: Int(status))
    }
  }
}
