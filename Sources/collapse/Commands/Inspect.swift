import ArgumentParser
import CollapseCore
import Datasets
import Files
import Pipeline

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a data set holds.",
    discussion: """
      Format, shape, samples per class, pixel statistics and SHA-256 of every file.

        collapse inspect data/sample/idx
        collapse inspect mnist --montage digits.png
        collapse inspect images/ --json
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var verbosity: VerbosityOptions

  @Option(
    help: "Write a contact sheet of the first images of each class.",
    completion: .file(extensions: ["png"]))
  var montage: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    verbosity.apply()
    let dataset = try source.load()
    let inspection = try DatasetInspection(of: dataset)
    print(json ? try JSONText.pretty(inspection) : inspection.text)
    if let montage {
      guard let images = dataset.splits.first?.samples as? LabeledImages else {
        throw DatasetError(
          file: dataset.origin, problem: "points cannot be shown as a contact sheet")
      }
      try AtomicFile.write(ContactSheet(images: images).png(), to: montage)
      Terminal.shared.note("wrote \(montage)")
    }
  }
}
