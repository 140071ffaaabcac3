/// Every n-th of several files: what one of n tasks, or ranks, measures of them.
public struct SetShare: Sendable, Hashable {
  /// From 0.
  public let index: Int
  /// How many shares there are.
  public let count: Int

  /// - Precondition: `index` is in `0..<count`.
  public init(_ index: Int, of count: Int) {
    precondition((0..<count).contains(index))
    (self.index, self.count) = (index, count)
  }

  /// The share that is all.
  public static let all = SetShare(0, of: 1)

  /// Those of `files` that are of the share, in their order.
  public func callAsFunction<File>(_ files: [File]) -> [File] {
    stride(from: index, to: files.count, by: count).map { files[$0] }
  }
}
