import shutil,os
os.chdir('/work/trees/identity')
def edit(p, pairs):
    s=open(p).read()
    for a,b in pairs:
        assert a in s, (p, a)
        s=s.replace(a,b)
    open(p,'w').write(s)
shutil.copy('/tmp/next/PapyanFigure.swift','Sources/Reporting/Figures/PapyanFigure.swift')
shutil.copy('/tmp/FileNameFacts.swift','Sources/Pipeline/Analysis/FileNameFacts.swift')
edit('Sources/Reporting/Figures/Figure.swift',[('      TrajectoryFigure(),\n','      TrajectoryFigure(),\n      PapyanFigure(),\n')])
edit('Sources/Reporting/Figures/Trajectory.swift',[
('''_ runs: [RunRecord], quantity: String) -> [Trajectory] {''','''_ runs: [RunRecord], quantity: String, split: String? = nil
  ) -> [Trajectory] {'''),
('''      let points = points(of: group.runs, quantity)
''','''      let points = points(of: group.runs, quantity, split)
'''),
('''_ quantity: String) -> [Point] {''','''_ quantity: String, _ split: String?) -> [Point] {'''),
('''in series(of: run, quantity) {''','''in series(of: run, quantity, split) {'''),
('''_ quantity: String) -> [(Int, Double)] {''','''_ quantity: String, _ split: String?
  ) -> [(Int, Double)] {'''),
('''    guard let split = run.mainSplit else { return [] }''','''    guard let split = split ?? run.mainSplit else { return [] }'''),
('''  /// The trajectories of `quantity` among the runs of one panel: `training_loss`, or the key of a
  /// measure.
''','''  /// The trajectories of `quantity` among the runs of one panel: `training_loss`, or the key of a
  /// measure on `split`, each run's main one by default.
'''),
])
# epochs and splits by name or told
edit('Sources/Pipeline/Analysis/AnalysisBatch.swift',[
('''  /// Threads to use: a set each, or several for one.
''','''  /// Epoch and split of sets that do not state them; of those that do, they must be these.
  public var epoch: Int?
  public var split: String?
  /// Threads to use: a set each, or several for one.
'''),
('''    let training = references.trainingFile(of: set, open.metadata)
''','''    let origin = try FeatureOrigin(
      open.metadata, path: set.name, epoch: epoch, split: split)
    let training = references.trainingFile(of: set, origin.metadata)
'''),
('''      open, file: set.name,''','''      open, origin: origin, file: set.name,'''),
('''      set: set, metadata: open.metadata, measurements''','''      set: set, metadata: origin.metadata, measurements'''),
('''      let reading: FeatureFileOptions
      /// Raised''','''      let reading: FeatureFileOptions
      let epoch: Int?
      let split: String?
      /// Raised'''),
('''droppingNonFinite: analysis.options.droppingNonFinite, reading: reading)''','''droppingNonFinite: analysis.options.droppingNonFinite, reading: reading, epoch: epoch,
      split: split)'''),
])
edit('Sources/Pipeline/Analysis/FeatureAnalysis.swift',[
('''    _ set: OpenFeatureSet, split: String? = nil, file: String? = nil,
''','''    _ set: OpenFeatureSet, origin: FeatureOrigin? = nil, split: String? = nil,
    file: String? = nil,
'''),
('''    let split = split ?? set.metadata.split ?? "all"
''','''    let metadata = origin?.metadata ?? set.metadata
    let split = split ?? metadata.split ?? "all"
'''),
('''epoch: set.metadata.epoch, layer''','''epoch: metadata.epoch, layer'''),
('''      report.warnings += set.shards.flatMap(\\.warnings)
''','''      report.warnings += set.shards.flatMap(\\.warnings) + (origin?.notes ?? [])
'''),
('''  /// The measures of every layer of a set.
''','''  /// The measures of every layer of a set.
  ///
  /// - Parameter origin: its epoch and split, where more is known of them than the files state.
'''),
])
edit('Sources/Pipeline/Analysis/References.swift',[
('''among: sets.filter { $0.paths.count == 1 }.map { $0.paths[0] }, options: reading)''','''among: sets.filter { $0.paths.count == 1 }.map { $0.paths[0] }, options: reading,
      epoch: batch.epoch, split: batch.split)'''),
])
edit('Sources/Pipeline/Analysis/TrainingFiles.swift',[
('''  private let options: FeatureFileOptions
''','''  private let options: FeatureFileOptions
  private let epoch: Int?
  private let split: String?
'''),
('''  init(among paths: [String], options: FeatureFileOptions) {
''','''  init(
    among paths: [String], options: FeatureFileOptions, epoch: Int? = nil, split: String? = nil
  ) {
'''),
('''    self.options = options
''','''    self.options = options
    self.epoch = epoch
    self.split = split
'''),
('''    guard let metadata = (try? FeatureFile(path, options: options))?.metadata else { return nil }
''','''    guard let stated = (try? FeatureFile(path, options: options))?.metadata,
      let metadata = try? FeatureOrigin(stated, path: path, epoch: epoch, split: split).metadata
    else { return nil }
'''),
('''training.split == "train" && training.epoch''','''training.split == "train"
        && FileNameFacts(other).stem == FileNameFacts(path).stem && training.epoch'''),
])
s=open('Sources/Pipeline/Analysis/TrainingFiles.swift').read()
s=s.replace('''training.split == "train"
        && FileNameFacts(other).stem == FileNameFacts(path).stem && training.epoch''','''training.split == "train" && training.epoch''')
open('Sources/Pipeline/Analysis/TrainingFiles.swift','w').write(s)
edit('Sources/Pipeline/Analysis/RunRecord+Joining.swift',[
('''  let facts: RunFacts

''','''  let facts: RunFacts
  /// What the file is called besides epoch and split, where the facts do not say which training it
  /// is of: features of two models in one folder are two runs.
  let stem: String
  /// Features of other sizes are of another network, whatever it is called.
  let dimensions: [Int]

'''),
('''    facts = record.facts
''','''    facts = record.facts
    let isKnown =
      !facts.options.values.isEmpty
      || (facts.dataset != nil && facts.network != nil && facts.seed != nil)
    let path = record.paths.first ?? record.name
    let epochs = Set(record.measurements.compactMap(\\.epoch)).map(String.init)
    stem =
      isKnown
      ? ""
      : FileNameFacts(path).stem.split(separator: "-").filter { !epochs.contains(String($0)) }
        .joined(separator: "-")
    dimensions = record.measurements.sorted { $0.layerIndex < $1.layerIndex }
      .map(\\.report.dimension)
'''),
('import Reporting\n','import NeuralCollapse\nimport Reporting\n'),
])
edit('Sources/collapse/Commands/Analyze.swift',[
('''  @OptionGroup(title: "Where things''','''  @Option(
    parsing: .unconditional,
    help: "The epoch of files that do not state one; else it may stand in their names.")
  var epoch: Int?

  @Option(help: "The split of files that do not state one; else it may stand in their names.")
  var split: String?

  @OptionGroup(title: "Where things'''),
('''    let batch = AnalysisBatch(
''','''    var batch = AnalysisBatch(
'''),
('''    let session = AnalysisSession(''','''    (batch.epoch, batch.split) = (epoch, split)
    let session = AnalysisSession('''),
('''    if watch && output == nil''','''    if let epoch, epoch < 0 {
      throw ValidationError("--epoch is \\(epoch), expected no negative number")
    }
    if watch && output == nil'''),
('''        collapse analyze 'train-*.npz' --shards
''','''        collapse analyze 'train-*.npz' --shards
        collapse analyze 'epoch_*_train.npz' -o measures.csv
'''),
])
edit('Sources/Pipeline/Data/DatasetLoader.swift',[
('''    let path = source.path ?? ""
    return try read''','''    let path = source.path ?? ""
    if !path.hasPrefix("/"), !FileManager.default.fileExists(atPath: path) {
      throw DatasetError(
        file: path,
        problem: "no such file or folder in '\\(FileManager.default.currentDirectoryPath)', where "
          + "the relative paths of a pipeline begin", kind: .missingInput)
    }
    return try read'''),
])
