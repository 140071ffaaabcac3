import ArgumentParser
import CollapseCore
import Files
import FoundationEssentials
import Pipeline
import Reporting

struct Curvature: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curvature",
    abstract: "Find eigenvalues, trace and density of the Hessian of a network's loss.",
    discussion: """
      The Hessian H of the loss at a checkpoint, averaged over the samples, and its
      Gauss-Newton part G, in double precision and without forming either:

        collapse curvature runs/mlp/checkpoints/epoch-00010.h5 mnist --per-class 100
        collapse curvature epoch-00010.h5 mnist -o curvature.json --layer-blocks
        collapse curvature model.pt cifar-10 --preset cifar10 --per-class 20

      Eigenvalues come from both ends, each with a bound on its error; the trace
      has a standard error; the spectral density is kept as raw nodes and weights
      in the JSON. Under cross-entropy G is decomposed by classes and pairs of
      classes, with the overlap of the class means and the top eigenvectors.

      Of many samples take some of each class: a product takes four passes
      through them. Penalties are out unless --penalties puts them in, and batch
      normalization divides by its running moments unless --statistics batch.
      Before anything is computed products are checked: the same vector twice has
      the same bits, and wᵀHv = vᵀHw.

      Formulas and papers: docs/curvature.md.
      """)

  @Argument(help: "A checkpoint, of ours or of another framework.", completion: .file())
  var checkpoint: String

  @Argument(
    help: "The samples: a path, or the name of a fetched data set.",
    completion: DataCompletion.kind)
  var data: String

  @Option(
    name: .shortAndLong, help: "Write everything that was found to this file, as JSON.",
    completion: .file(extensions: ["json"]))
  var output: String?

  @Flag(help: "Print everything that was found, as JSON.")
  var json = false

  @Option(help: "The split to average over.")
  var split = "train"

  @Flag(
    inversion: .prefixedNo,
    help: "Whether samples are shaped like those of the training, or taken as they are.")
  var shaping = true

  @Option(
    help: "A text file with the class of each output of a foreign classifier, a line each.",
    completion: .file())
  var classNames: String?

  @OptionGroup(title: "Curvature") var fields: FieldArguments<CurvatureScope>
  @OptionGroup(title: "Checkpoints of other frameworks") var importing: ImportArguments
  @OptionGroup(title: "Preprocessing") var preprocessing: PreprocessingArguments
  @OptionGroup var reading: ReadingArguments
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    verbosity.apply()
    Interruption.listen(endingAfter: 0.7)
    let options = try options()
    if let output { _ = try PendingFile(output) }
    let (extraction, source, _) = try reading.network(
      checkpoint, data, split: split, preprocessing, importing, classes: classNames)
    let samples =
      shaping
      ? try extraction.shaped(source, split: split) : try extraction.matched(source, split)
    let record: CurvatureRecord
    do {
      let measurement = try CurvatureMeasurement(
        extraction, samples, split: split, options: options, threads: reading.threads,
        interruption: .shared)
      record = try measurement.run { event in
        switch event {
        case .underWay(let text): Terminal.shared.progress(text)
        case .done(let text): Terminal.shared.detail(text)
        }
      }
    } catch is WorkInterrupted {
      Terminal.shared.endProgress()
      throw Interrupted(message: "stopped; nothing was written")
    }
    Terminal.shared.endProgress()
    let text = try CurvatureDocument(
      checkpoint: checkpoint, data: data, command: CommandLineText.repeatable, curvature: record
    ).text
    for note in record.notes { Terminal.shared.note("note: \(note)") }
    if let output {
      try AtomicFile.write(text, to: output)
      Terminal.shared.note("\(Counted.text(record.samples, "sample")) → \(output)")
    }
    if json {
      StandardOutput.print(text, terminator: "")
    } else if output == nil {
      StandardOutput.print(record.summary, terminator: "")
    }
  }

  private func options() throws -> CurvatureOptions {
    var settings = Settings()
    try fields.apply(to: &settings)
    try fields.checkKinds(in: settings)
    return try settings.curvatureOptions()
  }
}
