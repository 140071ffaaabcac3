extension Catalog {
  static let mnist = CatalogEntry(
    name: "mnist",
    title: "MNIST handwritten digits, LeCun, Bottou, Bengio & Haffner 1998",
    classNames: (0..<10).map(String.init),
    mirrors: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    contents: .files([
      idxFile(
        "train-images-idx3-ubyte.gz", 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873", content: "6bbc9ace898e44ae57da46a324031adb"),
      idxFile(
        "train-labels-idx1-ubyte.gz", 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        md5: "d53e105ee54ea40749a09fcbcd1e9432", content: "a25bea736e30d166cdddb491f175f624"),
      idxFile(
        "t10k-images-idx3-ubyte.gz", 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        md5: "9fb629c4189551a2d022fa330f9573f3", content: "2646ac647ad5339dbf082846283269ea"),
      idxFile(
        "t10k-labels-idx1-ubyte.gz", 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        md5: "ec29112dd5afa0611ce80d1b7f02629c", content: "27ae3e4e09519cfbb04c329615203637"),
    ]))

  static let fashionMNIST = CatalogEntry(
    name: "fashion-mnist",
    title: "Fashion-MNIST, Xiao, Rasul & Vollgraf 2017",
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot",
    ],
    mirrors: [
      "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ],
    contents: .files([
      idxFile(
        "train-images-idx3-ubyte.gz", 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
      idxFile(
        "train-labels-idx1-ubyte.gz", 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        md5: "25c81989df183df01b3e8a0aad5dffbe"),
      idxFile(
        "t10k-images-idx3-ubyte.gz", 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        md5: "bef4ecab320f06d8554ea6380940ec79"),
      idxFile(
        "t10k-labels-idx1-ubyte.gz", 5_148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        md5: "bb300cfdad3c16e7a12a480ee83cd310"),
    ]))

  static let kuzushijiMNIST = CatalogEntry(
    name: "kmnist",
    title: "Kuzushiji-MNIST, Clanuwat et al. 2018",
    classNames: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    mirrors: ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
    contents: .files([
      idxFile(
        "train-images-idx3-ubyte.gz", 18_165_135,
        sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        md5: "bdb82020997e1d708af4cf47b453dcf7"),
      idxFile(
        "train-labels-idx1-ubyte.gz", 29_497,
        sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        md5: "e144d726b3acfaa3e44228e80efcd344"),
      idxFile(
        "t10k-images-idx3-ubyte.gz", 3_041_136,
        sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        md5: "5c965bf0a639b31b8f53240b1b52f4d7"),
      idxFile(
        "t10k-labels-idx1-ubyte.gz", 5_120,
        sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        md5: "7320c461ea6c1c855c0b718fb2a4b134"),
    ]))

  private static func idxFile(
    _ name: String, _ size: Int, sha256: String, md5: String, content: String? = nil
  ) -> CatalogFile {
    CatalogFile(
      name, size: size, checksums: [.sha256(sha256), .md5(md5)],
      contentChecksum: content.map(Checksum.md5))
  }
}
