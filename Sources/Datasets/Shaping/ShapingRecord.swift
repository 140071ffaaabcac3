public import CollapseCore

/// What a ``Shaping`` did to the samples it was applied to.
public struct ShapingRecord: Codable, Hashable, Sendable {
  /// What was asked for, the seed included.
  public let shaping: Shaping
  /// The classes that are left; the counts after are in this order.
  public let classNames: [String]
  /// Samples per class before, by the labels of the source.
  public let countsBefore: [Int]
  /// Samples per class that were kept, by their true labels.
  public let countsKept: [Int]
  /// Samples per class by the labels they have now.
  public let countsAfter: [Int]
  /// How many samples have another label than in the source.
  public let labelsChanged: Int
  /// How many images have the colour of their label; `nil` where none was asked for.
  public let coloursAgreeing: Int?
  /// The shape of a sample after padding and colouring.
  public let sampleShape: Shape
  /// The map per channel to train with, when one was asked for.
  public let normalization: ChannelNormalization?
  /// The index each sample has in the source.
  ///
  /// Not encoded, so empty in a decoded record: applying ``shaping`` again gives it.
  public let sourceIndices: [Int]

  private enum CodingKeys: String, CodingKey {
    case shaping, classNames, countsBefore, countsKept, countsAfter, labelsChanged
    case coloursAgreeing, sampleShape, normalization
  }

  init(
    shaping: Shaping, classNames: [String], countsBefore: [Int], countsKept: [Int],
    countsAfter: [Int], labelsChanged: Int, coloursAgreeing: Int?,
    sampleShape: Shape, normalization: ChannelNormalization?, sourceIndices: [Int]
  ) {
    self.shaping = shaping
    self.classNames = classNames
    self.countsBefore = countsBefore
    self.countsKept = countsKept
    self.countsAfter = countsAfter
    self.labelsChanged = labelsChanged
    self.coloursAgreeing = coloursAgreeing
    self.sampleShape = sampleShape
    self.normalization = normalization
    self.sourceIndices = sourceIndices
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    shaping = try fields.decode(Shaping.self, forKey: .shaping)
    classNames = try fields.decode([String].self, forKey: .classNames)
    countsBefore = try fields.decode([Int].self, forKey: .countsBefore)
    countsKept = try fields.decode([Int].self, forKey: .countsKept)
    countsAfter = try fields.decode([Int].self, forKey: .countsAfter)
    labelsChanged = try fields.decode(Int.self, forKey: .labelsChanged)
    coloursAgreeing = try fields.decodeIfPresent(Int.self, forKey: .coloursAgreeing)
    sampleShape = try fields.decode(Shape.self, forKey: .sampleShape)
    normalization = try fields.decodeIfPresent(ChannelNormalization.self, forKey: .normalization)
    sourceIndices = []
  }
}
