extension Catalog {
  /// One entry per split of EMNIST; all come from one archive, which is kept.
  static let emnist: [CatalogEntry] = [
    ("balanced", digits + capitals + distinctSmall), ("byclass", digits + capitals + small),
    ("bymerge", digits + capitals + distinctSmall), ("digits", digits), ("letters", bothCases),
    ("mnist", digits),
  ].map { split, classNames in
    CatalogEntry(
      name: "emnist-\(split)",
      title: "EMNIST \(split), Cohen, Afshar, Tapson & van Schaik 2017",
      classNames: classNames, transposed: true,
      mirrors: [
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
      ],
      contents: .archive(
        CatalogArchive(
          file: emnistArchive, kind: .zip, members: members(split), sharedFolder: "emnist")))
  }

  private static let emnistArchive = CatalogFile(
    "gzip.zip", size: 561_753_746,
    checksums: [
      .sha256("fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"),
      .md5("58c8d27c78d21e728a6bc7b3cc06412e"),
    ])

  private static func members(_ split: String) -> [CatalogMember] {
    let images = ["train", "test"].flatMap { part in
      [
        // The largest split has 697 932 images of 784 bytes before compression.
        CatalogMember(
          path: "gzip/emnist-\(split)-\(part)-images-idx3-ubyte.gz", largestSize: 1 << 30),
        CatalogMember(
          path: "gzip/emnist-\(split)-\(part)-labels-idx1-ubyte.gz", largestSize: 1 << 24),
      ]
    }
    return images + [
      CatalogMember(path: "gzip/emnist-\(split)-mapping.txt", largestSize: 1 << 16)
    ]
  }

  private static let digits = "0123456789".map(String.init)
  private static let capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)
  private static let small = "abcdefghijklmnopqrstuvwxyz".map(String.init)
  /// The small letters that do not look like their capitals.
  private static let distinctSmall = "abdefghnqrt".map(String.init)
  /// Labels 1...26 in the files, both cases of a letter in one class.
  private static let bothCases = zip(capitals, small).map { $0 + $1 }
}
