/// What a ``DatasetFetcher`` does, for whoever shows it.
public enum FetchEvent: Hashable, Sendable {
  /// The file is there and is the right one: nothing to do.
  case present(file: String)
  /// The file that is there is another one, and will be replaced.
  case unexpected(file: String, difference: String)
  /// A download begins, or goes on after `resumedAt` bytes.
  case started(file: String, url: String, resumedAt: Int)
  /// Bytes there so far, and in all where that is known. Who shows it works out the speed.
  case received(file: String, done: Int, total: Int?)
  /// A mirror did not give the file; what comes next is another try or another mirror.
  case failed(file: String, url: String, reason: String)
  /// Size and checksums agree, and the file stands under its name.
  case verified(file: String)
  /// A file was taken out of the archive.
  case unpacked(file: String)
}
