/// The pixels that lie together in an image's data: all of them by rows or, where it is interlaced,
/// each of the seven grids of Adam7 (section 8 of the PNG specification), by rows of its own.
struct PNGPass {
  let firstColumn: Int
  let firstRow: Int
  /// How many columns and rows of the image lie from one pixel of the pass to the next.
  let columnStep: Int
  let rowStep: Int
  let columns: Int
  let rows: Int

  /// `nil` where the image is too small to have a pixel in it.
  private init?(_ header: PNGHeader, _ x: Int, _ y: Int, _ dx: Int, _ dy: Int) {
    (firstColumn, firstRow, columnStep, rowStep) = (x, y, dx, dy)
    columns = (header.width - x + dx - 1) / dx
    rows = (header.height - y + dy - 1) / dy
    guard columns > 0, rows > 0 else { return nil }
  }

  /// The passes of an image that have pixels, as its data holds them.
  static func passes(of header: PNGHeader) -> [PNGPass] {
    let grids =
      header.isInterlaced
      ? [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
      ] : [(0, 0, 1, 1)]
    return grids.compactMap { PNGPass(header, $0, $1, $2, $3) }
  }
}
