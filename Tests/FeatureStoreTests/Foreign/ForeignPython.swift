import FoundationEssentials
import TestSupport

/// The programs whose files are read here.
enum ForeignPython {
  static let numpy = PythonEnvironment.with(["numpy", "safetensors", "ml_dtypes"])

  /// For the CPU, some 200 MB: only where it is asked for, as `make check-all` does.
  static let torch: PythonEnvironment? =
    ProcessInfo.processInfo.environment["COLLAPSE_TEST_PYTORCH"] == "1"
    ? PythonEnvironment.with(["h5py", "torch==2.13.0+cpu"]) : nil
}
