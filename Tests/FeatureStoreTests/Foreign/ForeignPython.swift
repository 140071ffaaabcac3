import TestSupport

/// The programs whose files are read here.
enum ForeignPython {
  static let numpy = PythonEnvironment.with(["numpy", "safetensors", "ml_dtypes"])
  /// The environment of the exporter's tests, which brings NumPy too.
  static let torch = PythonEnvironment.with(["h5py", "torch==2.13.0+cpu"])
}
