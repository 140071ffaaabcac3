import Arrays
import CollapseCore
import Datasets
import Files
import FoundationEssentials
import GraphRuntime
import Laboratory
import LinearAlgebra
import Messages
public import Reporting
import Training

/// The libraries this program uses, as they name their versions.
public enum LibraryVersion {
  public static let all: [StudyReport.Version] = [
    .init(name: "collapse", version: CollapseVersion.current),
    .init(name: "oneDNN", version: TrainingEngine.version),
    .init(name: "HDF5", version: HDF5Version.linked),
    .init(name: "OpenBLAS", version: openBLAS.version),
    .init(name: "libpng", version: PNGLibrary.version),
    .init(name: "libjpeg-turbo", version: JPEGLibrary.version),
    .init(name: "zlib", version: CompressionLibraries.zlibVersion),
    .init(name: "libdeflate", version: CompressionLibraries.libdeflateVersion),
    .init(name: "libzip", version: CompressionLibraries.libzipVersion),
  ]

  /// OpenBLAS is loaded when something is measured: training, reports and most commands go without.
  static let openBLAS: (version: String, problem: String?) = {
    do { return (try LinearAlgebraLibrary.version(), nil) } catch { return ("missing", "\(error)") }
  }()
}

/// What `collapse doctor` finds.
public struct Diagnosis: Sendable, Encodable {
  public struct Finding: Sendable, Encodable {
    public var name: String
    public var text: String
  }

  public struct Tool: Sendable, Encodable {
    public var name: String
    public var path: String?
    /// What it is for, and how to install it.
    public var purpose: String
  }

  public var libraries: [StudyReport.Version]
  public var system: String
  public var processors: Int
  public var memoryBytes: Int
  /// The instruction set oneDNN compiles its kernels for.
  public var instructionSet: String
  public var tools: [Tool]
  /// What several machines are used by, where there is such, and what there is to say of it.
  public var machines: [Finding]
  /// Libraries that need not be there, and what there is to say of them.
  public var optional: [Finding]
  /// What is wrong with libraries that are loaded when they are needed.
  public var problems: [String]

  /// Whether everything was found.
  public var isComplete: Bool { problems.isEmpty && tools.allSatisfy { $0.path != nil } }

  public static func ofThisMachine() -> Diagnosis {
    Diagnosis(
      libraries: LibraryVersion.all, system: Machine.system, processors: Processors.count,
      memoryBytes: Machine.memory, instructionSet: TrainingEngine.instructionSet,
      tools: [
        Tool(
          name: "gnuplot", path: executable("gnuplot"),
          purpose: "figures in reports (apt: gnuplot-nox)")
      ], machines: [slurm] + messages, optional: [graphRuntime, linearProgrammes],
      problems: [LibraryVersion.openBLAS.problem].compactMap { $0 })
  }

  /// The diagnosis as a person reads it.
  public var text: String {
    let width = (libraries.map(\.name.count) + [15]).max()! + 2
    func line(_ name: String, _ value: String) -> String {
      name + String(repeating: " ", count: max(1, width - name.count)) + value
    }
    var lines = libraries.map { line($0.name, $0.version) }
    lines.append(line("system", system))
    lines.append(line("processors", "\(processors)"))
    lines.append(line("memory", "\(memoryBytes >> 20) MiB"))
    lines.append(line("instruction set", instructionSet))
    for tool in tools {
      lines.append(line(tool.name, tool.path ?? "missing: needed for \(tool.purpose)"))
    }
    lines += (machines + optional).map { line($0.name, $0.text) }
    lines += problems
    return lines.joined(separator: "\n")
  }

  /// The cluster that jobs are submitted to from here.
  private static var slurm: Finding {
    guard let slurm = Slurm.installed else {
      return Finding(name: "Slurm", text: "none; 'collapse run --on slurm' needs its sbatch")
    }
    do {
      let job = Slurm.thisJob.map { ", in job \($0)" } ?? ""
      return Finding(
        name: "Slurm", text: "\(try slurm.version()), cluster '\(try slurm.cluster())'\(job)")
    } catch {
      return Finding(name: "Slurm", text: "sbatch is there, but no cluster: \(error)")
    }
  }

  /// By what processes of one analysis work together.
  private static var messages: [Finding] {
    let launcher = executable("mpirun").map { ", \($0)" } ?? ", no mpirun on the PATH"
    return [
      Finding(name: "MPI launcher", text: MPIDiagnosis.launcher + launcher),
      Finding(name: "MPI adapter", text: MPIDiagnosis.adapter),
    ]
  }

  /// What runs ONNX files whose operators no layers here do.
  private static var graphRuntime: Finding {
    do {
      return Finding(
        name: "ONNX Runtime",
        text: "\(try GraphRuntime.version()) (\(try GraphRuntime.path()))")
    } catch {
      return Finding(
        name: "ONNX Runtime", text: (error as? GraphRuntimeError)?.reason ?? "\(error)")
    }
  }

  /// What decides whether samples can collapse, for one experiment of the laboratory.
  private static var linearProgrammes: Finding {
    do {
      return Finding(name: "Clp", text: try LinearFeasibility.solverVersion())
    } catch {
      return Finding(name: "Clp", text: "\(error)")
    }
  }

  private static func executable(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
