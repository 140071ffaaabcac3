import Files
import FoundationEssentials

/// The size of what a folder holds.
package enum FolderSize {
  /// Bytes of all files in `folder` and the folders in it; links to folders are not followed.
  package static func bytes(in folder: String) -> Int {
    guard let contents = try? FolderContents(folder) else { return 0 }
    let files = contents.files.reduce(0) { sum, name in
      sum + ((try? FileContents.size("\(folder)/\(name)")) ?? 0)
    }
    return contents.folders.reduce(files) { sum, name in
      let path = "\(folder)/\(name)"
      let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
      return isLink ? sum : sum + bytes(in: path)
    }
  }
}
