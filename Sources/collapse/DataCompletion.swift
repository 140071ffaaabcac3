import ArgumentParser
import Datasets
import FoundationEssentials

/// What the shell offers where a data set is asked for: the names of the catalog, and files.
enum DataCompletion {
  static var kind: CompletionKind { .custom { _, _, begun in candidates(begun) } }

  static func candidates(_ begun: String) -> [String] {
    let names = Catalog.entries.map(\.name).filter { $0.hasPrefix(begun) }
    let folder = begun.lastIndex(of: "/").map { String(begun[...$0]) } ?? ""
    let files =
      (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder))
    let paths = (files ?? []).filter { !$0.hasPrefix(".") }.map { folder + $0 }
    return names
      + paths.filter { $0.hasPrefix(begun) }.sorted().map { path in
        var isFolder = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        return isFolder ? path + "/" : path
      }
  }
}
