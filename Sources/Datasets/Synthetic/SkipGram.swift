public import CollapseCore
import LibC

/// Pairs of a word and a word near it, as the skip-gram model of word embeddings is trained on: the
/// sample is the unit vector of the one, its label the number of the other.
///
/// There are V words in B blocks, word w in block w mod B, as topics are. The first word of a pair
/// is w with probability p(w) ∝ (w + 1)^−s, Zipf's law. The second is drawn by p among the words of
/// the first one's block with probability `cohesion`, else by p among all. So
/// P(o | w) = q p(o)/p(block of w) [o in it] + (1 − q) p(o), the best that a classifier can know.
/// Labels are as unbalanced as words are. Samples are not normalized, which would mix them.
///
/// A linear network V → d → V on them is Word2Vec with a full softmax: its first layer holds the
/// embeddings, one column each, its last the contexts'.
///
/// Source: Mikolov et al., "Distributed Representations of Words and Phrases", 2013, for the model.
public struct SkipGram: SyntheticDataset {
  public static let summary = "pairs of words by Zipf's law, in blocks"
  public static let kind = "skip-gram"
  public static let mayBeNormalized = false

  /// V.
  public var classCount = 200
  /// B.
  public var blockCount = 10
  /// s.
  public var exponent = 1.0
  /// q, the probability that the second word is drawn from the first one's block.
  public var cohesion = 0.8
  /// Training pairs over words.
  public var trainPerClass = 100
  /// Test pairs over words.
  public var testPerClass = 25
  public var seed: UInt64 = 0

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledPoints, test: LabeledPoints) {
    try requireSizes(
      classCount: classCount, trainPerClass: trainPerClass, testPerClass: testPerClass,
      valuesPerSample: classCount)
    try require(
      blockCount <= classCount, "blockCount",
      "expected at most as many as there are words, \(classCount), found \(blockCount)")
    let all = Draw(Array(0..<classCount), frequencies)
    let blocks = (0..<blockCount).map { block in
      Draw(Array(stride(from: block, to: classCount, by: blockCount)), frequencies)
    }
    func split(_ name: String, _ perClass: Int) -> LabeledPoints {
      var random = SeededGenerator(seed: seed, stream: name)
      let count = classCount * perClass
      var coordinates = [Float](repeating: 0, count: count * classCount)
      let labels = (0..<count).map { index -> Int32 in
        let word = all.word(random.uniform())
        coordinates[index * classCount + word] = 1
        let near = random.uniform() < cohesion ? blocks[word % blockCount] : all
        return Int32(near.word(random.uniform()))
      }
      return LabeledPoints(
        dimension: classCount, coordinates: coordinates, labels: labels,
        classNames: ClassNames.decimal(classCount))
    }
    return (split("train", trainPerClass), split("test", testPerClass))
  }

  /// p, the probability of each word.
  package var frequencies: [Double] {
    let weights = (0..<classCount).map { pow(Double($0 + 1), -exponent) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}

/// Draws of some words by their frequencies.
private struct Draw {
  let words: [Int]
  /// The sums of the frequencies up to each word, over that of all.
  let cumulative: [Double]

  init(_ words: [Int], _ frequencies: [Double]) {
    self.words = words
    var sum = 0.0
    let sums = words.map { word -> Double in
      sum += frequencies[word]
      return sum
    }
    cumulative = sums.map { $0 / sum }
  }

  /// The word that a number uniform in [0, 1) stands for.
  func word(_ uniform: Double) -> Int {
    var (low, high) = (0, words.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if uniform < cumulative[middle] { high = middle } else { low = middle + 1 }
    }
    return words[low]
  }
}

extension SkipGram {
  public static var fields: [Field<SkipGram>] {
    [
      Field("classCount", \.classCount, "V, the number of words.", range: .atLeast(2)),
      Field("blockCount", \.blockCount, "Blocks that words are in.", range: .atLeast(1)),
      Field(
        "exponent", \.exponent, "s of Zipf's law p(w) ∝ (w + 1)^−s.", range: .closed(0...10)),
      Field(
        "cohesion", \.cohesion,
        "The probability that the second word is drawn from the first one's block.",
        range: .closed(0...1)),
      Field(
        "trainPerClass", \.trainPerClass, "Training pairs over words.", range: .atLeast(1)),
      Field("testPerClass", \.testPerClass, "Test pairs over words.", range: .atLeast(1)),
      Field("seed", \.seed, "Everything random follows from it."),
    ]
  }
}
