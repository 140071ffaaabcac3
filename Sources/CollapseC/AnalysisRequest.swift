public import CollapseCore
public import NeuralCollapse

/// What `collapse_open` is asked for.
struct AnalysisRequest: Configurable {
  var columns = 0
  var dtype = RowElement.float32
  var labelType = LabelType.int64
  var classes: [Int]?
  var convention = Convention.standard.name
  var globalMean: Convention.Centering?
  var withinWeights: Convention.WithinWeights?
  var betweenWeights: Convention.BetweenWeights?
  var dividesByClassCount: Bool?
  var deviation: Convention.Deviation?
  var threads = Processors.count
  var spectrum = false
  var classSpectra = false
  var fewShot: Int?
  var localElasticity: Int?
  var aboutTraining = false
  var unlabelled = false
  var unitNorm = false
  var dropNonFinite = false
  var ignoreLabels: [Int] = []
  var onlyClasses: [Int]?
  var classNames: [String] = []
  var weightLabels: [Int]?
  var weightDecay: Double?
  var pairs = PairTables.automatic
  var memoryLimit: Int?
  var name = "features"
  var layer = "features"
  var split = "all"
  var epoch: Int?

  static let standard = AnalysisRequest()

  static var fields: [Field<AnalysisRequest>] {
    [
      Field(
        "columns", \.columns, "Features per row, d.", range: .closed(1...Double(1 << 24)),
        isRequired: true),
      Field("dtype", \.dtype, "How the numbers of a row are stored.", isRequired: true),
      Field("label_type", \.labelType, "How labels are stored."),
      Field(
        "classes", \.classes, "The labels there are, which saves the pass that finds them.",
        absence: "found by a pass"),
      Field(
        "convention", \.convention, "The choices on which published definitions differ.",
        words: Convention.named.map(\.name)),
      Field("global_mean", \.globalMean, "What the global mean is, against the convention."),
      Field("within", \.withinWeights, "The weights in Σ_W, against the convention."),
      Field("between", \.betweenWeights, "The weights in Σ_B, against the convention."),
      Field(
        "over_classes", \.dividesByClassCount,
        "Whether nc1_pinv is divided by C, against the convention."),
      Field("deviation", \.deviation, "The deviation of norms, against the convention."),
      Field(
        "threads", \.threads, "Threads to use; the result has the same bits for any number.",
        range: .closed(1...1024), absence: "one per processor"),
      Field("spectrum", \.spectrum, "Measure the spectrum and nc1_vci, which need d × d numbers."),
      Field(
        "class_spectra", \.classSpectra,
        "Measure the effective rank of each class, which takes all rows at once."),
      Field(
        "few_shot", \.fewShot,
        "Measure the error of the nearest mean of so many rows per class on all the others.",
        range: .positive, absence: "not measured"),
      Field(
        "local_elasticity", \.localElasticity,
        "Measure the local elasticity of the last layer, of so many rows per class.",
        range: .positive, absence: "not measured"),
      Field(
        "about_training", \.aboutTraining,
        "Measure NC1 and the cosines about the means of the training set as well."),
      Field("unlabelled", \.unlabelled, "Measure what needs no labels."),
      Field("unit_norm", \.unitNorm, "Measure everything on h/‖h‖."),
      Field("drop_nonfinite", \.dropNonFinite, "Leave out rows with NaN or infinite features."),
      Field("ignore_labels", \.ignoreLabels, "Labels that are none, such as -100."),
      Field("only_classes", \.onlyClasses, "The only classes that count.", absence: "all"),
      Field("class_names", \.classNames, "Names by label."),
      Field(
        "weight_labels", \.weightLabels, "The label of each row of W.",
        absence: "labels are rows of W"),
      Field(
        "weight_decay", \.weightDecay, "The λ of λ/2‖·‖² of the training.", range: .notNegative),
      Field("pairs", \.pairs, "Which tables of values per pair of classes the report holds."),
      Field(
        "memory_limit", \.memoryLimit, "Bytes the analysis may take.", range: .positive,
        absence: "the machine's"),
      Field("name", \.name, "What the report calls the set."),
      Field("layer", \.layer, "The layer the features are of."),
      Field("split", \.split, "The split they are of."),
      Field("epoch", \.epoch, "Epochs done.", range: .notNegative, absence: "not stated"),
    ]
  }

  mutating func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    for (name, labels) in [("ignore_labels", ignoreLabels), ("weight_labels", weightLabels ?? [])]
    where Set(labels).count != labels.count {
      throw stated.fault(name, "a label stands there twice")
    }
    if unlabelled, classes != nil { throw stated.fault("classes", "there are no labels") }
  }

  func options(_ interruption: Interruption) -> AnalysisOptions {
    var options = AnalysisOptions()
    options.convention = Convention.named(convention)!.replacing(
      centering: globalMean, withinWeights: withinWeights, betweenWeights: betweenWeights,
      dividesByClassCount: dividesByClassCount, normDeviation: deviation)
    options.threads = threads
    options.spectrum = spectrum
    options.classSpectra = classSpectra
    options.fewShotCount = fewShot
    options.elasticityRows = localElasticity
    options.measuresAboutTraining = aboutTraining
    options.unitNorm = unitNorm
    options.droppingNonFinite = dropNonFinite
    options.labels.ignored = Set(ignoreLabels.map { Int64($0) })
    options.labels.classes = onlyClasses.map { Set($0.map { Int64($0) }) }
    options.classNames = classNames
    options.classifierRows = weightLabels.map { labels in
      Dictionary(uniqueKeysWithValues: labels.enumerated().map { (Int64($0.element), $0.offset) })
    }
    options.weightDecay = weightDecay
    options.pairs = pairs
    options.memoryLimit = memoryLimit
    options.interruption = interruption
    return options
  }
}

/// How labels are stored.
enum LabelType: String, CaseIterable, FieldValue {
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64

  var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32: 4
    case .int64, .uint64: 8
    }
  }

  /// The labels as Swift has them; `nil` and the place of one that is too large for it.
  func read(
    _ source: UnsafeRawPointer, into labels: UnsafeMutableBufferPointer<Int64>
  ) -> Int? {
    func each<Stored: FixedWidthInteger & BitwiseCopyable>(_: Stored.Type) -> Int? {
      for index in labels.indices {
        let value = source.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
        labels[index] = Int64(truncatingIfNeeded: value)
        if Stored.isSigned == false, labels[index] < 0 { return index }
      }
      return nil
    }
    return switch self {
    case .int8: each(Int8.self)
    case .int16: each(Int16.self)
    case .int32: each(Int32.self)
    case .int64: each(Int64.self)
    case .uint8: each(UInt8.self)
    case .uint16: each(UInt16.self)
    case .uint32: each(UInt32.self)
    case .uint64: each(UInt64.self)
    }
  }
}

extension RowElement: FieldValue {}
extension Convention.Centering: FieldValue {}
extension Convention.WithinWeights: FieldValue {}
extension Convention.BetweenWeights: FieldValue {}
extension Convention.Deviation: FieldValue {}
extension PairTables: FieldValue {}
