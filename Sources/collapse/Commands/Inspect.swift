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
      Any number of images takes the memory of a few hundred. Class folders are in
      natural order (2 before 10), transparent pixels are laid on black; all that is
      read, and how, is in docs/data-sets.md.

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
    let dataset = try source.open()
    let inspection = try DatasetInspection(of: dataset)
    print(json ? try JSONText.pretty(inspection) : inspection.text)
    if let montage {
      let sheet: ContactSheet
      switch dataset.splits.first?.samples {
      case let images as LabeledImages: sheet = ContactSheet(images: images)
      case let images as StreamedImages: sheet = try ContactSheet(images: images)
      default:
        throw DatasetError(
          file: dataset.origin, problem: "points cannot be shown as a contact sheet")
      }
      try AtomicFile.write(sheet.png(), to: montage)
      Terminal.shared.note("wrote \(montage)")
    }
  }
}
