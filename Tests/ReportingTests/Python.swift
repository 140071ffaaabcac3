import FoundationEssentials
import TestSupport

/// A scratch Python environment with the packages that read our files back.
enum Python {
  /// The interpreter of an environment with tensorboard; `nil` where it could not be made.
  static let interpreter: String? = {
    let folder = FileManager.default.temporaryDirectory.path + "/collapse-tests-python"
    let interpreter = folder + "/bin/python"
    func reads() -> Bool {
      let outcome = try? Subprocess.run(
        interpreter, ["-c", "import tensorboard.backend.event_processing.event_accumulator"])
      return outcome?.status == 0
    }
    if FileManager.default.fileExists(atPath: interpreter), reads() { return interpreter }
    guard Subprocess.path("python3") != nil,
      (try? Subprocess.run("python3", ["-m", "venv", folder]))?.status == 0,
      (try? Subprocess.run(
        interpreter,
        [
          "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "15",
          "tensorboard", "setuptools<81",
        ]))?.status
        == 0, reads()
    else { return nil }
    return interpreter
  }()

  static var hasTensorBoard: Bool { interpreter != nil }
}
