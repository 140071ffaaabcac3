extension Catalog {
  static let cifar10 = CatalogEntry(
    name: "cifar-10",
    title: "CIFAR-10, Krizhevsky 2009",
    classNames: [
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ],
    mirrors: cifarMirrors,
    contents: .archive(
      CatalogArchive(
        file: CatalogFile(
          "cifar-10-binary.tar.gz", size: 170_052_171,
          checksums: [
            .sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
            .md5("c32a1d4ab5d03f1284b67883e8d87530"),
          ]),
        kind: .tarGzip,
        members: (1...5).map { batch("cifar-10-batches-bin/data_batch_\($0).bin") }
          + [
            batch("cifar-10-batches-bin/test_batch.bin"),
            classList("cifar-10-batches-bin/batches.meta.txt"),
          ],
        sharedFolder: nil)))

  static let cifar100 = CatalogEntry(
    name: "cifar-100",
    title: "CIFAR-100, Krizhevsky 2009",
    classNames: cifar100Classes,
    mirrors: cifarMirrors,
    contents: .archive(
      CatalogArchive(
        file: CatalogFile(
          "cifar-100-binary.tar.gz", size: 168_513_733,
          checksums: [
            .sha256("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
            .md5("03b5dce01913d631647c71ecec9e9cb8"),
          ]),
        kind: .tarGzip,
        members: [
          CatalogMember(path: "cifar-100-binary/train.bin", largestSize: 50_000 * 3074),
          CatalogMember(path: "cifar-100-binary/test.bin", largestSize: 10_000 * 3074),
          classList("cifar-100-binary/fine_label_names.txt"),
          classList("cifar-100-binary/coarse_label_names.txt"),
        ],
        sharedFolder: nil)))

  private static let cifarMirrors = ["https://www.cs.toronto.edu/~kriz/"]

  /// 10 000 records of a label and a 3×32×32 image.
  private static func batch(_ path: String) -> CatalogMember {
    CatalogMember(path: path, largestSize: 10_000 * 3073)
  }

  private static func classList(_ path: String) -> CatalogMember {
    CatalogMember(path: path, largestSize: 1 << 16)
  }

  /// The 100 fine classes, in alphabetical order as their labels are.
  private static let cifar100Classes = [
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle",
    "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle",
    "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
    "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox",
    "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
    "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom",
    "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
    "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
    "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake",
    "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
    "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle",
    "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
  ]
}
