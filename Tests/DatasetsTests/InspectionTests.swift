import CollapseCore
import Datasets
import TestSupport
import Testing

@Suite struct InspectionTests {
  static let images = LabeledImages(
    sampleShape: [3, 1, 2], pixels: [0, 10, 5, 5, 7, 9, 20, 30, 5, 5, 11, 13], labels: [1, 1],
    classNames: ["a", "bb"])

  @Test func statisticsArePerChannel() throws {
    let statistics = try #require(PixelStatistics(of: Self.images))
    #expect(statistics.minimum == 0 && statistics.maximum == 30)
    #expect(statistics.means == [15, 5, 10])
    // √((225 + 25 + 25 + 225) / 4), 0, √((9 + 1 + 1 + 9) / 4): exact sums, correctly rounded roots.
    #expect(statistics.standardDeviations == [Double(125).squareRoot(), 0, Double(5).squareRoot()])
    #expect(PixelStatistics(of: Self.images.selecting([])) == nil)
  }

  /// A row per class that occurs; images of two pixels across magnified 24 times, gaps of 2.
  @Test func contactSheetShowsEachClass() throws {
    let sheet = try PNGImage(ContactSheet(images: Self.images, columns: 3).png(), file: "sheet")
    #expect(sheet.width == 3 * 50 + 2 && sheet.height == 24 + 4 && sheet.channels == 3)
    func red(_ x: Int, _ y: Int) -> UInt8 { sheet.pixels[y * sheet.width + x] }
    #expect(red(0, 0) == 96)
    #expect(red(2, 2) == 0 && red(25, 25) == 0 && red(26, 2) == 10 && red(49, 25) == 10)
    #expect(red(50, 2) == 96 && red(52, 2) == 20 && red(151, 2) == 96)
  }
}
