import CollapseCore
import NeuralCollapse

extension MeasuresFile {
  /// A file of a version that this program does not know.
  public struct UnknownVersion: Error, Hashable {
    public let format: String
    public let version: Int
  }

  /// Reads version 2, and the four forms of version 1: the list that `analyze --json` printed, an
  /// analysis of files, a run, and a report.
  ///
  /// - Throws: `DecodingError`, ``UnknownVersion``.
  public init(json bytes: [UInt8]) throws {
    guard let outline = try? JSONText.decode(Outline.self, from: bytes) else {
      // No object: a list, or no JSON at all.
      self.init(try JSONText.decode([Document.Measurement].self, from: bytes).joined([]))
      return
    }
    switch outline.form {
    case .current:
      let document = try JSONText.decode(Document.self, from: bytes)
      self.init(
        document.measurements.joined(document.runs).with(document),
        stamps: Dictionary(
          document.runs.compactMap { run in run.stamp.map { (run.name, $0) } },
          uniquingKeysWith: { first, _ in first }))
    case .firstAnalysis:
      let entries = try JSONText.decode(FirstAnalysis.self, from: bytes).files
      self.init(
        StudyReport(title: "Analysis", runs: entries.map(\.named)),
        stamps: Dictionary(
          entries.map { ($0.path, $0.stamp) }, uniquingKeysWith: { first, _ in first }))
    case .firstReport: self.init(try JSONText.decode(StudyReport.self, from: bytes))
    case .firstRun:
      let run = try JSONText.decode(RunRecord.self, from: bytes)
      self.init(StudyReport(title: run.name, runs: [run]))
    case .unknown(let format, let version):
      throw UnknownVersion(format: format, version: version)
    case .other(let keys): throw Outline.NoneOfOurs(keys: keys)
    }
  }

  /// What an object of JSON is by its keys.
  package struct Outline: Decodable {
    enum Form {
      case current, firstAnalysis, firstReport, firstRun
      case unknown(format: String, version: Int)
      case other([String])
    }

    /// An object that holds no measures.
    package struct NoneOfOurs: Error {
      package let keys: [String]
    }

    let form: Form

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      let keys = container.allKeys.map(\.stringValue).sorted()
      let format = try? container.decode(String.self, forKey: Key(stringValue: "format"))
      let version = try? container.decode(Int.self, forKey: Key(stringValue: "version"))
      if format == MeasuresFile.format, version == MeasuresFile.version {
        form = .current
      } else if format == "collapse-analysis", version == 1 {
        form = .firstAnalysis
      } else if let format, let version {
        form = .unknown(format: format, version: version)
      } else if keys.contains("runs") {
        form = .firstReport
      } else if keys.contains("measurements") {
        form = .firstRun
      } else {
        form = .other(keys)
      }
    }
  }

  fileprivate struct Document: Decodable {
    struct Run: Decodable {
      let name: String
      let facts: RunFacts?
      let state: RunRecord.State?
      let paths: [String]?
      let stamp: String?
      let history: [EpochRecord]?
      let projection: FeatureProjection?
    }

    struct Measurement: Decodable {
      let run: String?
      let file: String?
      let epoch: Int?
      let layer: String
      let layerIndex: Int?
      let split: String
      let trainingLoss: Double?
      let trainingAccuracy: Double?
      let report: CollapseReport

      enum CodingKeys: String, CodingKey {
        case run, file, epoch, layer, split, report
        case layerIndex = "layer_index"
        case trainingLoss = "train_loss"
        case trainingAccuracy = "train_accuracy"
      }

      var runName: String { run ?? file ?? "features" }
    }

    let title: String?
    let summary: String?
    let command: String?
    let configuration: String?
    let claims: [String]?
    let versions: [StudyReport.Version]?
    let runs: [Run]
    let measurements: [Measurement]

    enum CodingKeys: CodingKey {
      case title, summary, command, configuration, claims, versions, runs, measurements
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      title = try container.decodeIfPresent(String.self, forKey: .title)
      summary = try container.decodeIfPresent(String.self, forKey: .summary)
      command = try container.decodeIfPresent(String.self, forKey: .command)
      configuration = try container.decodeIfPresent(String.self, forKey: .configuration)
      claims = try container.decodeIfPresent([String].self, forKey: .claims)
      versions = try container.decodeIfPresent([StudyReport.Version].self, forKey: .versions)
      runs = try container.decodeIfPresent([Run].self, forKey: .runs) ?? []
      measurements = try container.decode([Measurement].self, forKey: .measurements)
    }
  }

  private struct FirstAnalysis: Decodable {
    struct Entry: Decodable {
      let path: String
      let stamp: String
      let record: RunRecord

      /// The record with the file that its measurements are of, which version 1 left out.
      var named: RunRecord {
        var record = record
        for index in record.measurements.indices where record.measurements[index].file == nil {
          record.measurements[index].file = path
        }
        return record
      }
    }
    let files: [Entry]
  }
}

extension [MeasuresFile.Document.Measurement] {
  /// The measurements with the runs they name; those that name another have one of that name.
  fileprivate func joined(_ runs: [MeasuresFile.Document.Run]) -> StudyReport {
    let groups = Dictionary(grouping: self, by: \.runName)
    let known = Set(runs.map(\.name))
    let records = runs.map { run in
      RunRecord(
        name: run.name, facts: run.facts ?? RunFacts(), state: run.state ?? .finished,
        history: run.history ?? [], measurements: (groups[run.name] ?? []).records,
        projection: run.projection, paths: run.paths ?? [])
    }
    let others = map(\.runName).uniqued().filter { !known.contains($0) }.map { name in
      RunRecord(name: name, measurements: (groups[name] ?? []).records, paths: [name])
    }
    return StudyReport(title: "Analysis", runs: records + others)
  }

  /// Layers of one file are in order where their places are not stated.
  private var records: [MeasurementRecord] {
    var places: [String: [String]] = [:]
    for item in self where !places[item.file ?? "", default: []].contains(item.layer) {
      places[item.file ?? "", default: []].append(item.layer)
    }
    return map { item in
      MeasurementRecord(
        epoch: item.epoch, layer: item.layer,
        layerIndex: item.layerIndex ?? places[item.file ?? ""]?.firstIndex(of: item.layer) ?? 0,
        split: item.split, file: item.file, trainingLoss: item.trainingLoss,
        trainingAccuracy: item.trainingAccuracy, report: item.report)
    }
  }
}

extension StudyReport {
  fileprivate func with(_ document: MeasuresFile.Document) -> StudyReport {
    StudyReport(
      title: document.title ?? title, summary: document.summary ?? "", runs: runs,
      configuration: document.configuration, versions: document.versions ?? [],
      command: document.command, about: document.claims)
  }
}
