import Arrays
import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// What is made of features with more than two axes, when it is said along which they lie.
@Suite struct SequenceTests {
  let folder = TemporaryFolder()

  /// [3 sequences, 4 tokens, 2 features]: 100·sequence + 10·token + feature.
  static let numbers = [Float]([0, 1, 10, 11, 20, 21, 30, 31]).repeated(at: [0, 100, 200])

  private func file(
    _ numbers: [Float] = numbers, _ shape: [Int] = [3, 4, 2], lengths: [UInt8]? = nil,
    labels: [UInt8] = NPYWriter.file([0, 1, 0] as [Int64])
  ) -> String {
    let archive = ZipWriter(
      [
        .init("features.npy", NPYWriter.file(numbers, shape)), .init("labels.npy", labels),
      ] + (lengths.map { [.init("n.npy", $0)] } ?? []))
    return folder.write(archive.bytes, to: "a.npz")
  }

  private func rows(
    _ path: String, _ reduction: FeatureFileOptions.Reduction, axis: Int? = 2,
    hasLengths: Bool = false
  ) throws -> (numbers: [Double], labels: [Int64]) {
    var options = FeatureFileOptions()
    (options.reduction, options.featureAxis) = (reduction, axis)
    if hasLengths { options.lengths = "n" }
    let set = try FeatureSet(path, options: options)
    return (
      try set.layers[0].rows.doubles(0..<set.layers[0].rows.rowCount), try set.labels.all()
    )
  }

  @Test(arguments: [
    (FeatureFileOptions.Reduction.pool, [15.0, 16, 115, 116, 215, 216]),
    (.first, [0, 1, 100, 101, 200, 201]), (.last, [30, 31, 130, 131, 230, 231]),
  ]) func oneRowOfASequence(
    reduction: FeatureFileOptions.Reduction, expected: [Double]
  ) throws {
    #expect(try rows(file(), reduction).numbers == expected)
    #expect(try rows(file(), reduction, axis: -1).numbers == expected)
    // The same sequences with features before tokens.
    let swapped = [Float]([0, 10, 20, 30, 1, 11, 21, 31]).repeated(at: [0, 100, 200])
    #expect(try rows(file(swapped, [3, 2, 4]), reduction, axis: 1).numbers == expected)
  }

  /// Lengths and masks say the same; a mask may pad in front.
  @Test func padding() throws {
    let lengths = NPYWriter.file([4, 1, 2] as [Int64])
    let mask = NPYWriter.file([1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0] as [Int64], shape: [3, 4])
    for tokens in [lengths, mask] {
      let path = file(lengths: tokens)
      #expect(
        try rows(path, .pool, hasLengths: true).numbers == [15, 16, 100, 101, 205, 206])
      #expect(
        try rows(path, .last, hasLengths: true).numbers == [30, 31, 100, 101, 210, 211])
    }
    let front = file(
      lengths: NPYWriter.file([0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1] as [Int64], shape: [3, 4]))
    #expect(
      try rows(front, .first, hasLengths: true).numbers == [20, 21, 110, 111, 200, 201])
  }

  /// Every token is a row; that of padding has the label of none, whatever stands there.
  @Test func everyTokenIsARow() throws {
    let labels = NPYWriter.file(
      [0, 1, 2, 3, 4, -7, -7, -7, 5, 6, -7, -7] as [Int64], shape: [3, 4])
    let path = file(lengths: NPYWriter.file([4, 1, 2] as [Int64]), labels: labels)
    let found = try rows(path, .tokens, hasLengths: true)
    #expect(found.numbers == Self.numbers.map { Double($0) })
    #expect(found.labels == [0, 1, 2, 3, 4, -100, -100, -100, 5, 6, -100, -100])
    // In pieces that begin and end within sequences.
    var options = FeatureFileOptions()
    (options.reduction, options.featureAxis, options.lengths) = (.tokens, 2, "n")
    let set = try FeatureSet(path, options: options)
    #expect(set.ignoredLabels == [-100])
    #expect(try set.layers[0].rows.floats(3..<6) == Array(Self.numbers[6..<12]))
    var piece = [Int64](repeating: 0, count: 3)
    try piece.withUnsafeMutableBufferPointer { try set.labels.read(3..<6, into: $0) }
    #expect(piece == [3, 4, -100])
  }

  @Test func refusals() throws {
    func message(
      _ path: String, _ reduction: FeatureFileOptions.Reduction, axis: Int? = 2,
      hasLengths: Bool = false
    ) throws -> String {
      let error = #expect(throws: ArrayFileError.self) {
        let (_, labels) = try rows(path, reduction, axis: axis, hasLengths: hasLengths)
        _ = labels
      }
      return (error?.description ?? "").replacing("\(path), array ", with: "")
    }
    #expect(
      try message(file(), .pool, axis: nil)
        == "'features': of 3×4×2, features may lie along axis 1 (4 of them) or axis 2 (2): say which"
    )
    #expect(
      try message(file(), .pool, axis: 3)
        == "'features': features cannot lie along axis 3 of 3×4×2: the first is the samples'")
    #expect(
      try message(file(Self.numbers, [3, 2, 2, 2]), .first)
        == "'features': tokens are those of sequences, three axes; found 3×2×2×2")
    #expect(
      try message(file(), .tokens)
        == "'labels': expected a label for each token, 3×4, found 3")
    #expect(
      try message(file(lengths: NPYWriter.file([4, 1] as [Int64])), .pool, hasLengths: true)
        == "'n': expected the lengths of 3 sequences or a mask of 3×4, found 2")
    #expect(
      try message(file(lengths: NPYWriter.file([4, 5, 1] as [Int64])), .pool, hasLengths: true)
        == "'n': row 1: 5.0 is no length, expected 0 to 4")
    #expect(
      try message(file(lengths: NPYWriter.file([4, 0, 1] as [Int64])), .last, hasLengths: true)
        == "'n': row 1 has no token")
  }
}

extension [Float] {
  /// These numbers once for each offset, which is added.
  fileprivate func repeated(at offsets: [Float]) -> [Float] {
    offsets.flatMap { offset in map { $0 + offset } }
  }
}
