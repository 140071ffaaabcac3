/// The public data sets that can be fetched by name.
///
/// Sizes and SHA-256 are those of TensorFlow Datasets (`url_checksums/`), MD5 those of torchvision
/// (`datasets/mnist.py`) and of the data sets' own pages.
public enum Catalog {
  /// Every data set, in the order of lists.
  public static let entries: [CatalogEntry] =
    [mnist, fashionMNIST, kuzushijiMNIST] + emnist + [cifar10, cifar100]

  /// The entry called `name`, or `nil`.
  public static func entry(named name: String) -> CatalogEntry? {
    entries.first { $0.name == name }
  }
}
