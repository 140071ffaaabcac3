/// A public data set: where its files are, how to know them, and what is in them.
public struct CatalogEntry: Hashable, Sendable {
  /// What it is fetched by, and the folder it is put in: `fashion-mnist`.
  public let name: String
  /// Its full name and where it was published.
  public let title: String
  /// The classes, in the order of the labels.
  public let classNames: [String]
  /// Whether rows and columns of the stored images are exchanged: EMNIST.
  public let transposed: Bool
  /// Addresses the files' names are appended to, in the order to try them.
  public let mirrors: [String]
  /// What is downloaded and kept.
  public let contents: Contents

  /// What is downloaded.
  public enum Contents: Hashable, Sendable {
    /// Files that are kept as they are.
    case files([CatalogFile])
    /// An archive that is unpacked.
    case archive(CatalogArchive)
  }

  /// A data set whose files are at any of `mirrors`.
  public init(
    name: String, title: String, classNames: [String], transposed: Bool = false,
    mirrors: [String], contents: Contents
  ) {
    self.name = name
    self.title = title
    self.classNames = classNames
    self.transposed = transposed
    self.mirrors = mirrors
    self.contents = contents
  }

  /// The files that are downloaded.
  public var downloads: [CatalogFile] {
    switch contents {
    case .files(let files): files
    case .archive(let archive): [archive.file]
    }
  }

  /// The names of the files that stand in the folder in the end, apart from ``DatasetFetcher``'s
  /// own lists of class names and checksums.
  public var fileNames: [String] {
    switch contents {
    case .files(let files): files.map(\.name)
    case .archive(let archive): archive.members.map(\.fileName)
    }
  }

  /// Where the data set lies once it is fetched into `folder`.
  public func path(in folder: String) -> String { "\(folder)/\(name)" }
}

/// A file to download.
public struct CatalogFile: Hashable, Sendable {
  /// What it is called at the mirrors and in the folder: `train-images-idx3-ubyte.gz`.
  public let name: String
  /// Bytes; `nil` where no source states it.
  public let size: Int?
  /// What sources state; all must agree with the file.
  public let checksums: [Checksum]
  /// The digest of what a gzip file holds, where it is known: the same content compressed anew
  /// has other bytes, and is as good when a person has put it there.
  public let contentChecksum: Checksum?

  /// A file, and what it is known by once it is there.
  public init(_ name: String, size: Int?, checksums: [Checksum], contentChecksum: Checksum? = nil) {
    self.name = name
    self.size = size
    self.checksums = checksums
    self.contentChecksum = contentChecksum
  }
}

/// An archive to download, and which of its files to unpack.
public struct CatalogArchive: Hashable, Sendable {
  /// The format of an archive.
  public enum Kind: Hashable, Sendable {
    /// A tar archive compressed by gzip.
    case tarGzip
    /// A zip archive.
    case zip
  }

  /// The archive as it is downloaded.
  public let file: CatalogFile
  public let kind: Kind
  /// The files that are unpacked; all others are passed over.
  public let members: [CatalogMember]
  /// The folder the archive is kept in when several data sets are unpacked from it; `nil` for an
  /// archive of one data set, which is removed once it is unpacked.
  public let sharedFolder: String?

  /// An archive with the files to unpack from it.
  public init(
    file: CatalogFile, kind: Kind, members: [CatalogMember], sharedFolder: String? = nil
  ) {
    self.file = file
    self.kind = kind
    self.members = members
    self.sharedFolder = sharedFolder
  }
}

/// A file in an archive.
public struct CatalogMember: Hashable, Sendable {
  /// Its path in the archive.
  public let path: String
  /// The most bytes it may have.
  public let largestSize: Int

  /// A file at `path` in the archive, of at most `largestSize` bytes.
  public init(path: String, largestSize: Int) {
    self.path = path
    self.largestSize = largestSize
  }

  /// The last part of its path: its name in the data set's folder.
  public var fileName: String { String(path.split(separator: "/").last!) }
}
