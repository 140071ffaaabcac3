public import CollapseCore

/// What a study does to a data set before training: which samples, which labels, which form.
///
/// The steps are applied in this order, whatever the order of the fields:
/// 1. `classes`: only these classes, which get the labels 0, 1, … in the order given;
/// 2. `perClass` and `imbalance`: a random subset, drawn without replacement; samples keep the
///    order they had;
/// 3. `merge`: classes that become one;
/// 4. `labelNoise` or `randomLabels`: labels that are wrong on purpose;
/// 5. `padTo`: images in the middle of a larger square of zeros;
/// 6. `pixelNoise`: normal noise on every pixel;
/// 7. `colour`: a colour for each image, which mostly agrees with its label;
/// 8. `normalization`: the affine map per channel, computed on what the steps before have left.
///
/// Each random step draws from a stream of its own of `seed`, so changing one step does not change
/// the others, and the streams of one split are not those of another. What happened is written down
/// in a ``ShapingRecord``.
public struct Shaping: Hashable, Sendable {
  /// Names of the classes to keep; `nil` keeps all.
  public var classes: [String]?
  /// Samples to keep of each class, or of the first with `imbalance`; `nil` keeps all.
  public var perClass: Int?
  /// ρ ≥ 1, the count of the first class over that of the last: class c of C keeps
  /// n_c = n_0 ρ^{−c/(C−1)} samples, rounded. Without `perClass`, n_0 is the largest for which every
  /// class has enough.
  public var imbalance: Double?
  /// How counts fall from the first class to the last; absent: `exponential`.
  public var imbalanceProfile: ImbalanceProfile?
  /// With the profile `step`, how many classes at the end have n_0/ρ samples; absent: half of all,
  /// rounded down.
  public var minorityClasses: Int?
  /// Groups of classes, by name, that become one class each, in this order; every class is in one of
  /// them. A group of several is called by their names with `+` between.
  public var merge: [[String]]?
  /// The fraction of samples, chosen at random, whose label is replaced by one of the other
  /// classes, each as likely: symmetric noise.
  public var labelNoise: Double?
  /// Whether labels are dealt out anew: a random permutation, independent of the samples, that
  /// keeps the counts per class.
  public var randomLabels = false
  /// The height and width of images after padding; with an odd difference the extra row is below
  /// and the extra column at the right.
  public var padTo: Int?
  /// The standard deviation, in gray levels, of normal noise that is added to each pixel; sums are
  /// rounded and cut to 0...255.
  public var pixelNoise: Double?
  /// Colours that mostly agree with labels; `nil` leaves images gray.
  public var colour: Colouring?
  /// The affine map per channel; `nil` for none.
  public var normalization: Normalization?
  /// What subsets and wrong labels are drawn from.
  public var seed: UInt64 = 0

  /// How counts fall from the first class to the last.
  public enum ImbalanceProfile: String, FieldValue, CaseIterable {
    /// n_c = n_0 ρ^{−c/(C−1)}.
    case exponential
    /// n_0 for the first classes, n_0/ρ for the last: the STEP imbalance of Cao et al., 2019.
    case step
  }

  /// Where the map per channel comes from.
  public enum Normalization: Hashable, Sendable {
    /// Computed from the samples: `ChannelNormalization.init(of:)`.
    case computed
    /// These means and deviations.
    case given(ChannelNormalization)
  }

  /// Leaves samples as they are.
  public init() {}

  /// The part that also holds for samples a model is tested on: the classes, merged or not, the
  /// padding, the noise of pixels, the colours, and a given normalization. Subsets and wrong labels
  /// are for training; a computed normalization is that of the training samples, from their record.
  public var forEvaluation: Shaping {
    var evaluation = Shaping()
    evaluation.classes = classes
    evaluation.merge = merge
    evaluation.padTo = padTo
    evaluation.pixelNoise = pixelNoise
    evaluation.colour = colour
    if case .given = normalization { evaluation.normalization = normalization }
    evaluation.seed = seed
    return evaluation
  }

  /// The shaped samples, and what was done to them.
  ///
  /// - Parameters:
  ///   - samples: what is shaped, the whole of a split.
  ///   - split: which one, as what is drawn for it is drawn for no other.
  ///   - name: what messages call the samples.
  /// - Throws: ``DatasetError``: of kind `.usage` when a field is out of range or names a class
  ///   there is not, of kind `.badInput` when a class has fewer samples than asked for.
  public func apply<Samples: LabeledSamples>(
    to samples: Samples, split: String = "train", name: String = "shaping"
  ) throws -> (samples: Samples, record: ShapingRecord) {
    try check(name)
    let draws = ShapingDraws(seed: seed, split: split)
    var indices = Array(0..<samples.count)
    var labels = samples.labels
    var classNames = samples.classNames
    if let classes {
      try selectClasses(classes, of: samples, &indices, &labels, &classNames, name)
    }
    try subsample(&indices, &labels, classNames, draws, name)
    if let merge { try mergeClasses(merge, &labels, &classNames, name) }
    let countsKept = countsPerClass(labels, classCount: classNames.count)
    let labelsChanged = corrupt(&labels, classCount: classNames.count, draws)

    var shaped =
      indices.count == samples.count && classNames == samples.classNames
      ? samples : samples.selecting(indices)
    if shaped.labels != labels || shaped.classNames != classNames {
      shaped = shaped.relabeled(labels, classNames: classNames)
    }
    var coloursAgreeing: Int?
    if let padTo { shaped = try padded(shaped, to: padTo, name) }
    if let pixelNoise, pixelNoise > 0 {
      shaped = try noisy(shaped, pixelNoise, numbers: indices, draws, name)
    }
    if let colour { (shaped, coloursAgreeing) = try coloured(shaped, colour, draws, name) }
    let record = ShapingRecord(
      shaping: self, classNames: classNames, countsBefore: samples.countsPerClass,
      countsKept: countsKept, countsAfter: shaped.countsPerClass, labelsChanged: labelsChanged,
      coloursAgreeing: coloursAgreeing, sampleShape: shaped.sampleShape,
      normalization: try resolvedNormalization(of: shaped, name), sourceIndices: indices)
    return (shaped, record)
  }

  private func resolvedNormalization(
    of samples: some LabeledSamples, _ name: String
  ) throws -> ChannelNormalization? {
    switch normalization {
    case nil: return nil
    case .computed: return try ChannelNormalization(of: samples)
    case .given(let given):
      guard given.means.count == samples.sampleShape[0] else {
        throw DatasetError(
          file: name, location: "normalization",
          problem: "expected means for \(samples.sampleShape[0]) channels, "
            + "found \(given.means.count)", kind: .usage)
      }
      return given
    }
  }

  private func check(_ name: String) throws(DatasetError) {
    if let wrong = valueOutOfRange() {
      throw DatasetError(file: name, location: wrong.field, problem: wrong.problem, kind: .usage)
    }
    if labelNoise != nil, randomLabels {
      throw DatasetError(
        file: name, location: "labelNoise", problem: "cannot be combined with randomLabels",
        kind: .usage)
    }
    if let wrong = colour?.valueOutOfRange() {
      throw DatasetError(
        file: name, location: "colour.\(wrong.field)", problem: wrong.problem, kind: .usage)
    }
  }
}

func countsPerClass(_ labels: [Int32], classCount: Int) -> [Int] {
  var counts = Array(repeating: 0, count: classCount)
  for label in labels { counts[Int(label)] += 1 }
  return counts
}
