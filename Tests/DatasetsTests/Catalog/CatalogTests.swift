import Datasets
import Testing

@Suite struct CatalogTests {
  @Test func theNamesAreThoseTheCommandOffers() {
    #expect(
      Catalog.entries.map(\.name) == [
        "mnist", "fashion-mnist", "kmnist", "emnist-balanced", "emnist-byclass", "emnist-bymerge",
        "emnist-digits", "emnist-letters", "emnist-mnist", "cifar-10", "cifar-100",
      ])
    #expect(Catalog.entry(named: "kmnist")?.name == "kmnist")
    #expect(Catalog.entry(named: "svhn") == nil)
  }

  @Test(arguments: Catalog.entries) func entriesCanBeVerified(entry: CatalogEntry) {
    #expect(!entry.mirrors.isEmpty)
    for mirror in entry.mirrors {
      #expect(mirror.hasPrefix("https://") && mirror.hasSuffix("/"))
    }
    #expect(Set(entry.fileNames).count == entry.fileNames.count)
    for file in entry.downloads {
      #expect(file.size.map { $0 > 0 } ?? true)
      #expect(!file.checksums.isEmpty)
      for checksum in file.checksums + [file.contentChecksum].compactMap({ $0 }) {
        let (digits, length) =
          switch checksum {
          case .md5(let digits): (digits, 32)
          case .sha256(let digits): (digits, 64)
          }
        #expect(digits.count == length && digits.allSatisfy { "0123456789abcdef".contains($0) })
      }
    }
  }

  @Test(arguments: [
    ("mnist", 10), ("fashion-mnist", 10), ("kmnist", 10), ("emnist-balanced", 47),
    ("emnist-byclass", 62), ("emnist-bymerge", 47), ("emnist-digits", 10), ("emnist-letters", 26),
    ("emnist-mnist", 10), ("cifar-10", 10), ("cifar-100", 100),
  ]) func classesHaveDistinctNames(name: String, count: Int) {
    let names = Catalog.entry(named: name)?.classNames ?? []
    #expect(names.count == count && Set(names).count == count)
  }

  @Test func onlyEMNISTIsTransposed() {
    for entry in Catalog.entries {
      #expect(entry.transposed == entry.name.hasPrefix("emnist-"))
    }
  }
}
