import CollapseCore

/// An array of a NumPy, safetensors or PyTorch file, with its name for messages.
struct ForeignArray: StoredArray {
  private let array: NumericArray
  private let reader: StridedReader
  private let file: String
  private let location: String?

  /// - Throws: where the array is a single value.
  init(_ array: NumericArray, file: String, location: String?) throws(FeatureStoreError) {
    guard array.shape.rank > 0 else {
      throw FeatureStoreError(
        file: file, location: location, problem: "expected an array, found a single value")
    }
    self.array = array
    self.file = file
    self.location = location
    reader = StridedReader(array)
  }

  var shape: [Int] { array.shape.dimensions }
  var element: ElementType { array.element }

  /// NumPy saves a bfloat16 array as such; a uint16 array says nothing.
  func isMarkedBFloat16() -> Bool { false }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws {
    try reader.read(rows, into: buffer)
  }

  func error(_ problem: String) -> FeatureStoreError {
    FeatureStoreError(file: file, location: location, problem: problem)
  }
}
